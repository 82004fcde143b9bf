package strategy

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// start begins a run for the Deployment's template. existing is the ReplicaSet that the Deployment already owns with it: an older
// version, or a roll-out that escaped.
func (p *planner) start(existing *ReplicaSet) {
	ref := p.newRef()
	if known := p.known(existing); known != nil {
		ref = Ref{Name: known.Name, Hash: known.Hash}
	}
	if !distinct(ref, p.rec.Stable) {
		p.brake(true)
		p.report(PhaseBlocked, spec.ReasonNameTaken, fmt.Sprintf(
			"ReplicaSets %s and %s can't be told apart: each needs a label pod-template-hash of its own", ref.Name, p.rec.Stable.Name))
		return
	}
	// First of all: a pipeline that waits for this template must not see the failure of the last.
	p.untimed()
	p.rec.Runs++
	p.run = &Run{
		Number: p.rec.Runs, ID: fmt.Sprintf("%s-%d-%d", ref.Hash, p.rec.Runs, p.now.Unix()),
		Template: p.o.Deployment.Template, Canary: ref, Stable: p.rec.Stable, Service: p.svc.Name,
		Strategy: p.s.Strategy, Phase: RunShifting, StartedAt: p.now, Since: p.now, WeightAt: p.now,
	}
	p.run.Hooks = p.hooksOf(p.run)
	// A command that is already there was meant for an earlier run.
	if p.s.Command.Hash == ref.Hash {
		p.run.Handled = p.s.Command.Mark()
	}
	p.rec.Run = p.run
	p.canary = p.replicaSet(ref.Name)
	p.d.Judge = p.subject()
	p.save(false)
	if existing != nil && existing.Replicas > 0 {
		p.emit(true, spec.ReasonCaptured, fmt.Sprintf(
			"ReplicaSet %s was rolled out past the brake; it is taken over and judged like any other version", existing.Name))
	}
	p.emit(false, spec.ReasonStarted, fmt.Sprintf("run %d: %s is to replace %s, %d steps", p.run.Number, ref.Name, p.run.Stable.Name, len(p.s.Steps)))
	p.brake(true)
	p.discardJobs()
	p.approaching()
}

// known prefers a ReplicaSet that has the template already: the Deployment's, or one that is held from a run before, also when the
// record of that run was lost.
func (p *planner) known(existing *ReplicaSet) *ReplicaSet {
	if existing != nil {
		return existing
	}
	for i := range p.o.ReplicaSets {
		rs := &p.o.ReplicaSets[i]
		if rs.held() && !rs.Deleting && rs.Template == p.o.Deployment.Template {
			return rs
		}
	}
	return nil
}

// hashAlphabet is Kubernetes' own for such names: no vowels, no 0, 1 or 3, so that no hash spells a word
// (k8s.io/apimachinery v0.37.2, pkg/util/rand/rand.go, alphanums).
const hashAlphabet = "bcdfghjklmnpqrstvwxz2456789"

// hashLength keeps names as short as Kubernetes' own; 27^10 values make a collision between templates of one Deployment unheard of.
const hashLength = 10

// newRef names the ReplicaSet for the Deployment's template as the Deployment would, <deployment>-<hash>. The hash differs from
// Kubernetes' own, which does not matter to the Deployment controller and keeps the names from colliding with native ones.
func (p *planner) newRef() Ref {
	fingerprint := p.o.Deployment.Template
	for salt := 0; ; salt++ {
		hash := hashOf(fmt.Sprintf("%s/%d", fingerprint, salt))
		name := p.o.Key.Name + "-" + hash
		if rs := p.replicaSet(name); rs == nil || (rs.Template == fingerprint && !rs.Deleting) || salt >= len(p.o.ReplicaSets) {
			return Ref{Name: name, Hash: hash}
		}
	}
}

// hashOf is FNV-1a in the alphabet above.
func hashOf(text string) string {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime
	}
	out := make([]byte, hashLength)
	for i := range out {
		out[i] = hashAlphabet[h%uint64(len(hashAlphabet))]
		h /= uint64(len(hashAlphabet))
	}
	return string(out)
}

// approaching brings the run to where the present step may get its weight: pinned, the canary's Service and ReplicaSet there,
// enough ready endpoints for long enough. It answers until that weight is given.
func (p *planner) approaching() bool {
	step := p.step()
	if p.run.open() && p.run.Weight >= step.Weight {
		return false
	}
	replicas := p.size(step.Weight)
	if p.blocked != nil {
		return p.hold(p.blocked.reason, p.blocked.message)
	}
	if !p.hooked(spec.HookBefore) {
		return true
	}
	if !p.prepare(replicas) {
		return true
	}
	if p.canary.Template != p.o.Deployment.Template {
		return p.hold(spec.ReasonDiffers, fmt.Sprintf(
			"the template of ReplicaSet %s is not the Deployment's any more, so it can't be handed over; push the template again or abort", p.canary.Name))
	}
	since, ready := p.canarySvc.Ready[p.canary.Name].AtLeast(replicas)
	if !ready || p.canary.Available < replicas {
		p.waitForPods(replicas)
		return true
	}
	if p.acquaint() {
		p.report(PhaseStarting, spec.ReasonSettling, fmt.Sprintf("%s: %d endpoints are ready; the mesh is told of them", p.where(), replicas))
		return true
	}
	if due := since.Add(p.o.Settings.Settle); p.now.Before(due) {
		p.wake(due)
		p.report(p.startingOr(PhaseShifting), spec.ReasonSettling, fmt.Sprintf(
			"%s: %d endpoints are ready; the mesh is given %s to learn of them", p.where(), replicas, p.o.Settings.Settle))
		return true
	}
	if p.run.Paused {
		return p.hold(spec.ReasonPaused, "paused by command; resume with "+p.command(spec.VerbResume))
	}
	if p.forewarned() || (!p.run.open() && !p.hooked(spec.HookVerify)) {
		return true
	}
	p.raise(step.Weight)
	return true
}

// raise gives the canary the weight of the present step.
func (p *planner) raise(weight int) {
	reason := spec.ReasonWeight
	switch {
	case weight == 0:
		reason = spec.ReasonReachable
	case p.blueGreen():
		reason = spec.ReasonSwapped
	}
	p.run.give(weight, reason, fmt.Sprintf("step %d of %d", p.run.Step+1, len(p.s.Steps)), p.now)
	p.run.Since = p.now
	message := p.where()
	if weight == 0 {
		message += ": " + p.reachable()
	}
	p.save(false)
	p.emit(false, reason, message)
	p.setWeights()
	p.d.Judge = p.subject()
	p.report(PhaseShifting, reason, message)
	p.wake(p.now.Add(p.step().Hold))
}

// prepare lists what the canary needs before it may get weight; false while something of it is yet to be done.
func (p *planner) prepare(replicas int) bool {
	before := len(p.d.Actions)
	// The pin comes before the first pod: canary pods match the user's Service as well.
	if !p.pinned() {
		return false
	}
	p.ensureCanaryService(p.run.Canary.Hash)
	p.ensurePolicy()
	if !p.run.open() {
		// Whatever an earlier run left in the routes would lead traffic to pods that nobody has judged.
		p.restoreRoutesBut(func(r *Route) bool { return slices.Contains(p.routes, r) && shows(r.View, acquainted()) })
	}
	switch {
	case p.canary == nil:
		p.do(CreateCanary{
			Ref: p.run.Canary, DeploymentVersion: p.o.Deployment.ResourceVersion, Template: p.run.Template, Replicas: replicas,
		})
	case p.canary.Deleting:
		p.report(PhaseStarting, spec.ReasonScaling, fmt.Sprintf("ReplicaSet %s is being deleted; a new one follows", p.canary.Name))
		return false
	case p.canary.Owner == OwnedByDeployment || p.canary.Owner == OwnedByNobody:
		p.do(Capture{Name: p.canary.Name, ResourceVersion: p.canary.ResourceVersion})
	case p.canary.Owner == OwnedByOther:
		p.report(PhaseHeld, spec.ReasonNameTaken, fmt.Sprintf("ReplicaSet %s belongs to someone else; delete it", p.canary.Name))
		return false
	default:
		p.resize(replicas)
	}
	if len(p.d.Actions) > before {
		p.waitForPods(replicas)
		return false
	}
	return true
}

// ensureCanaryService keeps the canary's Service like the user's, but pinned to one version.
func (p *planner) ensureCanaryService(hash string) {
	ensure := EnsureCanaryService{Service: p.svc.Name, Name: p.beside(p.svc.Name), Hash: hash}
	if p.canarySvc != nil {
		if traffic.PinnedTo(p.canarySvc.Selector) == hash && p.canarySvc.Ports == p.svc.Ports {
			return
		}
		ensure.ResourceVersion = p.canarySvc.ResourceVersion
	}
	p.do(ensure)
}

// pinned makes sure that the user's Service leads to stable only; false while it can't be done yet.
func (p *planner) pinned() bool {
	if traffic.PinnedTo(p.svc.Selector) == p.run.Stable.Hash && p.svc.RunBy == p.o.Key.Name {
		return true
	}
	// After an escaped roll-out stable must have its pods back first: until then both versions serve, and neither fails.
	if p.canary != nil && p.canary.Actual > 0 && p.stable.Available < p.o.Deployment.Replicas && !p.run.open() {
		if p.canary.Owner == OwnedByDeployment {
			p.do(Capture{Name: p.canary.Name, ResourceVersion: p.canary.ResourceVersion})
		}
		p.report(PhaseStarting, spec.ReasonCaptured, fmt.Sprintf(
			"%s: stable has %d of %d pods available; traffic is pinned to it when it has all", p.where(), p.stable.Available, p.o.Deployment.Replicas))
		return false
	}
	p.do(Pin{Service: p.svc.Name, ResourceVersion: p.svc.ResourceVersion, Hash: p.run.Stable.Hash})
	return true
}

// resize scales the canary: up at once; down, before its first weight, only when nothing has led to it for the drain time. It has
// pods then when it was captured, or when the record of an earlier run was lost.
func (p *planner) resize(replicas int) {
	switch {
	case p.canary.Replicas < replicas:
	case p.canary.Replicas == replicas:
		return
	case !p.run.open():
		since, ok := p.absent(p.svc, p.canary.Name)
		for _, r := range p.routes {
			since = later(since, r.ShownSince)
		}
		if due := since.Add(p.o.Settings.Drain); !ok || p.now.Before(due) {
			if ok {
				p.wake(due)
			}
			return
		}
	}
	p.do(Scale{Name: p.canary.Name, ResourceVersion: p.canary.ResourceVersion, Replicas: replicas})
}

// absent says since when a Service has had no ready endpoint of a ReplicaSet.
func (p *planner) absent(svc *Service, name string) (time.Time, bool) {
	levels, seen := svc.Ready[name]
	if !seen {
		return svc.SeenSince, !svc.SeenSince.IsZero()
	}
	return levels.Absent()
}

// waitForPods says how many pods are missing, and aborts when none has become ready for the progress deadline.
func (p *planner) waitForPods(replicas int) {
	if p.overdue() {
		return
	}
	available := 0
	if p.canary != nil {
		available = p.canary.Available
	}
	p.report(p.startingOr(PhaseShifting), spec.ReasonScaling, fmt.Sprintf(
		"%s: %d of %d pods available, progress deadline %s%s", p.where(), available, replicas, p.o.Deployment.ProgressDeadline, p.trouble()))
}

func (p *planner) startingOr(phase Phase) Phase {
	if !p.run.open() {
		return PhaseStarting
	}
	return phase
}

// overdue aborts a run whose canary has not got the pods of its step within the Deployment's progress deadline.
func (p *planner) overdue() bool {
	if p.o.Deployment.ProgressDeadline <= 0 {
		return false
	}
	since := p.run.Since
	if p.canarySvc != nil {
		since = later(since, p.canarySvc.Changed[p.run.Canary.Name])
	}
	due := since.Add(p.o.Deployment.ProgressDeadline)
	if p.now.Before(due) {
		p.wake(due)
		return false
	}
	p.abort(spec.ReasonDeadline, fmt.Sprintf(
		"canary %s made no progress for %s: %s", p.run.Canary.Name, p.o.Deployment.ProgressDeadline, p.podState()))
	return true
}

func (p *planner) podState() string {
	if p.canary == nil {
		return "its ReplicaSet is missing"
	}
	return fmt.Sprintf("%d of %d pods available%s", p.canary.Available, p.canary.Replicas, p.trouble())
}

// step is the one that is approached or held. A Spec without any is an obstacle; the run then stays where it is.
func (p *planner) step() spec.Step {
	if len(p.s.Steps) == 0 {
		return spec.Step{Weight: p.run.Weight, Pause: true}
	}
	return p.s.Steps[min(p.run.Step, len(p.s.Steps)-1)]
}

// command is what a user writes to give the run a command.
func (p *planner) command(verb spec.Verb) string {
	return fmt.Sprintf("%s: %s %s", spec.AnnotationCommand, verb, p.run.Canary.Hash)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
