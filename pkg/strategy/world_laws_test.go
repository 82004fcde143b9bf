package strategy_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// laws are what must always hold, checked after every action and every move of Kubernetes, from what the world is and was, not from
// what Plan believes.
type laws struct {
	broken []string
	// harmed: somebody outside has taken pods or endpoints away, or a roll-out was Kubernetes' own; only then may requests fail.
	harmed bool
	// resized: the user changed spec.replicas, so pods come and go.
	resized bool

	past   []snapshot
	passed map[string]bool // steps that evidence has let pass, by run and start
	sizes  map[string]int
	proven map[string][]*worldPod // pods that were judged at full traffic, by run
}

// snapshot is where traffic went from a time on.
type snapshot struct {
	at       time.Time
	share    map[string]int                    // of the Services, in percent
	serves   map[string]map[string][]*worldPod // endpoints by Service and ReplicaSet
	versions map[string]int                    // of the ReplicaSets, in percent
}

func newLaws() *laws {
	return &laws{passed: map[string]bool{}, sizes: map[string]int{}, proven: map[string][]*worldPod{}}
}

func (l *laws) breach(format string, args ...any) {
	l.broken = append(l.broken, fmt.Sprintf(format, args...))
}

func (l *laws) judged(v *analysis.Verdict) {
	if v.Outcome == analysis.Pass {
		l.passed[v.Run+"@"+v.StepSince.UTC().String()] = true
	}
}

// look is where traffic goes now.
func (w *world) look() snapshot {
	s := snapshot{at: w.now, share: map[string]int{app: 100}, serves: map[string]map[string][]*worldPod{}, versions: map[string]int{}}
	if len(w.routes) > 0 {
		s.share[app] = 0
	}
	if w.blueGreen() {
		s.share[app] = 100
	}
	for _, r := range w.routes {
		if w.blueGreen() {
			break // nothing of it is ours
		}
		view := w.view(r)
		s.share[app] = max(s.share[app], 100-view.Weight)
		s.share[strategy.CanaryServiceName(app)] = max(s.share[strategy.CanaryServiceName(app)], view.Highest)
	}
	for _, name := range []string{app, strategy.CanaryServiceName(app), strategy.PreviewServiceName(app)} {
		s.serves[name] = maps.Clone(w.endpoints[name])
		total := 0
		for _, pods := range w.endpoints[name] {
			total += len(pods)
		}
		for set, pods := range w.endpoints[name] {
			s.versions[set] = min(100, s.versions[set]+(s.share[name]*len(pods)+total-1)/total)
		}
	}
	return s
}

func (s *snapshot) same(o *snapshot) bool {
	return maps.Equal(s.share, o.share) && maps.Equal(s.versions, o.versions) &&
		maps.EqualFunc(s.serves, o.serves, sameEndpoints)
}

// within are the snapshots that any proxy may still go by after a change so long ago.
func (l *laws) within(now time.Time, lag time.Duration) []snapshot {
	for i := len(l.past) - 1; i > 0; i-- {
		if !l.past[i].at.After(now.Add(-lag)) {
			return l.past[i:]
		}
	}
	return l.past
}

func (w *world) obeyLaws(what string) {
	l := w.laws
	if l == nil {
		return
	}
	if s := w.look(); len(l.past) == 0 || !l.past[len(l.past)-1].same(&s) {
		l.past = append(l.past, s)
	}
	if len(l.past) > 200 {
		l.past = slices.Clone(l.within(w.now, 5*time.Minute))
	}
	w.lawOfPods(what)
	w.lawOfServing(what)
}

// lawOfServing: whatever configuration of the last settle time a proxy goes by, and whichever list of endpoints, the pods it sends
// to are there. This is what "no request fails" comes to.
func (w *world) lawOfServing(what string) {
	l := w.laws
	if l.harmed || w.dep == nil || w.dep.replicas == 0 {
		return
	}
	recent := l.within(w.now, w.settings.Settle)
	for _, routes := range recent {
		for host, share := range routes.share {
			if share == 0 {
				continue
			}
			for _, lists := range recent {
				serving := 0
				for set, pods := range lists.serves[host] {
					for _, pod := range pods {
						serving++
						if pod.gone && !l.resized {
							l.breach("%s: requests to %s (%d %%) still go to pod %s of %s, which is gone", what, host, share, pod.id, set)
							return
						}
					}
				}
				if serving == 0 {
					l.breach("%s: %s has %d %% and no endpoints", what, host, share)
					return
				}
			}
		}
	}
}

// lawOfPods: a version keeps the pods that its traffic of the last drain time needs.
func (w *world) lawOfPods(what string) {
	l := w.laws
	now := map[string]int{}
	for _, s := range w.sets {
		now[s.name] = s.replicas
	}
	for name, before := range l.sizes {
		if now[name] >= before || l.harmed || l.resized || w.dep == nil {
			continue
		}
		for _, past := range l.within(w.now, w.settings.Drain) {
			if share := past.versions[name]; share > 0 && now[name] < (w.dep.replicas*share+99)/100 {
				l.breach("%s: %s goes from %d to %d pods within %s of having %d %%", what, name, before, now[name], w.settings.Drain, share)
				break
			}
		}
	}
	l.sizes = now
}

// before looks at an action and the world it is about to change.
func (l *laws) before(w *world, action strategy.Action) {
	switch a := any(action).(type) {
	case strategy.WriteRecord:
		l.beforeRecord(w, a.Record.Run)
		if len(a.Record.History) > 0 && w.run() != nil && a.Record.Run == nil && a.Record.History[0].Result == strategy.ResultPromoted {
			l.promoted(w, a.Record.History[0])
		}
	case strategy.SetWeight:
		l.beforeWeight(w, a.Share.Weight)
	case strategy.CreateRoute:
		l.beforeWeight(w, a.Share.Weight)
	case strategy.Pin:
		if run := w.run(); w.blueGreen() && run != nil && a.Hash == run.Canary.Hash {
			l.beforeWeight(w, 100)
		}
	case strategy.CreateJob:
		l.beforeJob(w, a)
	case strategy.CreateCanary:
		l.hooked(w, spec.HookBefore)
	case strategy.HandOver:
		l.beforeHandOver(w, a)
	case strategy.Scale:
		l.ours(w, a.Name, "scaled")
		run := w.run()
		if run != nil && a.Name == run.Stable.Name && a.Replicas < w.set(a.Name).replicas && w.set(run.Canary.Name) != nil && w.owner(w.set(run.Canary.Name)) != strategy.OwnedByDeployment {
			l.breach("stable is scaled to %d in a run", a.Replicas)
		}
	case strategy.DeleteReplicaSet:
		l.ours(w, a.Name, "deleted")
	case strategy.Capture:
		l.ours(w, a.Name, "captured")
	case strategy.Emit:
		l.beforeEvent(a)
	}
}

// beforeEvent: every event is one that the documentation lists, with its type.
func (l *laws) beforeEvent(a strategy.Emit) {
	if !slices.ContainsFunc(spec.Events(), func(e spec.Event) bool { return e.Reason == a.Reason && e.Warning == a.Warning }) {
		l.breach("an event %s (warning: %t) that is not listed: %s", a.Reason, a.Warning, a.Message)
	}
}

func (l *laws) ours(w *world, name, what string) {
	if s := w.set(name); s != nil && s.controller == "foreign" {
		l.breach("ReplicaSet %s of someone else is %s", name, what)
	}
}

// beforeWeight: a version gets weight only with the endpoints it needs, by the record, with a reason.
func (l *laws) beforeWeight(w *world, weight int) {
	run := w.run()
	if run != nil && weight == 0 && run.Weight == 0 {
		return // nothing leads there by its weight
	}
	if run == nil || run.Weight != weight || len(run.Weights) == 0 {
		l.breach("weight %d is written, but the record doesn't say so", weight)
		return
	}
	if last := run.Weights[len(run.Weights)-1]; last.Weight != weight || last.Reason == "" {
		l.breach("weight %d has no reason in the record: %v", weight, last)
	}
	ready := len(w.endpoints[w.beside()][run.Canary.Name])
	if want := max(1, (w.dep.replicas*weight+99)/100); ready < want {
		l.breach("weight %d with %d of %d ready endpoints", weight, ready, want)
	}
	l.hooked(w, spec.HookVerify)
	if pin := w.services[app].selector[hashLabel]; pin != run.Stable.Hash && !w.blueGreen() {
		l.breach("weight %d while the Service is pinned to %q", weight, pin)
	}
}

// beforeRecord: weight rises only by a step of the plan, a step is left only after evidence gathered at it, and its time.
func (l *laws) beforeRecord(w *world, next *strategy.Run) {
	was := w.run()
	if next == nil {
		return
	}
	steps := w.spec().Steps
	if was == nil || was.ID != next.ID {
		if next.Weight != 0 || next.Phase != strategy.RunShifting {
			l.breach("a run starts in phase %s with weight %d", next.Phase, next.Weight)
		}
		return
	}
	step := steps[min(was.Step, len(steps)-1)]
	if next.Weight > was.Weight {
		if want := steps[min(next.Step, len(steps)-1)].Weight; next.Weight != want {
			l.breach("weight rises to %d, the step has %d", next.Weight, want)
		}
		l.settled(w, next)
		l.allowed(w, "weight rises")
	}
	if next.Step < was.Step || next.Step > was.Step+1 {
		l.breach("from step %d to %d", was.Step, next.Step)
	}
	if next.Step == was.Step && (next.Phase != strategy.RunPromoting || was.Phase == strategy.RunPromoting) {
		return
	}
	l.allowed(w, "the run goes on")
	for _, past := range l.within(w.now, step.Hold) {
		share := past.share[strategy.CanaryServiceName(app)]
		if w.blueGreen() {
			share = past.versions[next.Canary.Name]
		}
		if share < was.Weight && !next.Forced {
			l.breach("step %d is left within its %s of having %d %%", was.Step+1, step.Hold, share)
			break
		}
	}
	switch {
	case next.Forced:
	case step.Pause && was.Approved <= was.Step:
		l.breach("step %d was never approved", was.Step+1)
	case w.now.Sub(was.WeightAt) < step.Hold:
		l.breach("step %d was held for %s, not %s", was.Step+1, w.now.Sub(was.WeightAt), step.Hold)
	case was.Weight == 0 && (w.blueGreen() || w.spec().Mirror == 0):
		// Whether a preview has traffic to be judged is its own affair, and testers are nobody's evidence.
	case !w.spec().Gated() || l.passed[was.ID+"@"+was.WeightAt.UTC().String()]:
	case w.spec().OnInconclusive == spec.InconclusivePromote && w.now.Sub(was.WeightAt) >= w.spec().MaxHold:
	default:
		l.breach("step %d was left without evidence", was.Step+1)
	}
	if next.Phase == strategy.RunPromoting {
		if next.Weight != 100 {
			l.breach("promoted at weight %d", next.Weight)
		}
		l.proven[next.ID] = slices.Clone(w.endpoints[w.beside()][next.Canary.Name])
	}
}

// settled: the mesh has known the endpoints for the settle time.
func (l *laws) settled(w *world, next *strategy.Run) {
	want := max(1, (w.dep.replicas*next.Weight+99)/100)
	for _, past := range l.within(w.now, w.settings.Settle) {
		pods := past.serves[w.beside()]
		if len(pods[next.Canary.Name]) < want {
			l.breach("weight %d, and %d of %d endpoints less than %s ago", next.Weight, len(pods[next.Canary.Name]), want, w.settings.Settle)
			return
		}
	}
	if n := len(w.endpoints[w.beside()][next.Canary.Name]); n < want {
		l.breach("weight %d with %d of %d endpoints", next.Weight, n, want)
	}
}

// allowed: nothing advances by an annotation that is wrong, against a pause, or for another template.
func (l *laws) allowed(w *world, what string) {
	run := w.run()
	switch {
	case len(w.spec().Problems) > 0:
		l.breach("%s with an invalid annotation", what)
	case run.Paused && w.spec().Command.Verb != spec.VerbPromote:
		l.breach("%s though it is paused", what)
	case w.dep.template != run.Template:
		l.breach("%s for a template that was replaced", what)
	}
}

// beforeHandOver: the canary has all traffic, stable has had none for the drain time, and all counts agree.
func (l *laws) beforeHandOver(w *world, a strategy.HandOver) {
	l.ours(w, a.Name, "handed over")
	run, s := w.run(), w.set(a.Name)
	if run == nil || s == nil || a.Name != run.Canary.Name || run.Phase != strategy.RunPromoting {
		if s != nil && s.replicas > 0 {
			l.breach("ReplicaSet %s with %d pods is handed over outside of a promotion", a.Name, s.replicas)
		}
		return
	}
	stable := w.set(run.Stable.Name)
	if s.replicas != w.dep.replicas || s.available != s.replicas || a.Replicas != s.replicas || stable == nil || stable.replicas != s.replicas {
		l.breach("hand over of %d pods, %d available, where %d are wanted", s.replicas, s.available, w.dep.replicas)
	}
	if s.template != w.dep.template {
		l.breach("hand over of another template than the Deployment's")
	}
	if !w.dep.paused {
		l.breach("hand over without the brake")
	}
	for _, past := range l.within(w.now, w.settings.Drain) {
		if share := past.versions[run.Stable.Name]; share > 0 {
			l.breach("hand over within %s of stable having %d %%", w.settings.Drain, share)
			return
		}
	}
}

// promoted: the pods that were judged are the pods that serve.
func (l *laws) promoted(w *world, run strategy.Summary) {
	if l.harmed || l.resized {
		return
	}
	for _, pod := range l.proven[run.ID] {
		if pod.gone {
			l.breach("pod %s was judged and is gone after the promotion", pod.id)
		}
	}
	if got := len(w.endpoints[app][run.Canary.Name]); got != w.dep.replicas {
		l.breach("after the promotion %d of %d pods serve", got, w.dep.replicas)
	}
}

// afterPass: an abort whose actions were all carried out has left nothing with the canary.
func (l *laws) afterPass(w *world) {
	run := w.run()
	if run == nil || (run.Phase != strategy.RunAborting && run.Phase != strategy.RunAborted) {
		return
	}
	if share := w.look().share[strategy.CanaryServiceName(app)]; share > 0 {
		l.breach("run %s is %s and the canary has %d %%", run.ID, run.Phase, share)
	}
	if svc := w.services[app]; svc != nil && svc.selector[hashLabel] == run.Canary.Hash {
		l.breach("run %s is %s and the Service is pinned to the canary", run.ID, run.Phase)
	}
}
