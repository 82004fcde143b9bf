package strategy_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// move is one thing that happens to the world from outside.
type move struct {
	name string
	// harms: requests may fail by it, or Kubernetes rolls out by itself; resizes: pods come and go by it.
	harms, resizes bool
	do             func(w *world, r *rand.Rand)
}

// gentle moves are those that Sluice must answer without one failed request.
func gentle() []move {
	pick := func(r *rand.Rand, values ...string) string { return values[r.IntN(len(values))] }
	moves := []move{
		{name: "push", do: func(w *world, r *rand.Rand) { w.push(pick(r, "v1", "v2", "v3", "v4")) }},
		{name: "push", do: func(w *world, r *rand.Rand) { w.push(pick(r, "v1", "v2", "v3", "v4")) }},
		{name: "crash", do: func(w *world, _ *rand.Rand) { w.crash() }},
		{name: "crash soon", do: func(w *world, r *rand.Rand) {
			w.crashAt(1+r.IntN(4), r.IntN(2) == 0, time.Duration(r.IntN(90))*time.Second)
		}},
		{name: "evidence", do: func(w *world, r *rand.Rand) {
			w.mode = pick(r, "pass", "pass", "pass", "fail", "wait", "blind", "warn", "silent", "none")
		}},
		{name: "command", do: func(w *world, r *rand.Rand) {
			w.command(pick(r, "approve", "promote", "abort", "retry", "pause", "resume", "resume"))
		}},
		{name: "stale command", do: func(w *world, r *rand.Rand) {
			w.annotate("command", pick(r, "approve", "promote", "abort", "retry", "pause")+" otherhash")
		}},
		{name: "no command", do: func(w *world, _ *rand.Rand) { w.unannotate("command") }},
		{name: "strategy", do: func(w *world, r *rand.Rand) {
			if r.IntN(3) == 0 && w.managed() {
				w.annotate("strategy", pick(r, "canary", "blue-green"))
				w.fit()
			}
		}},
		{name: "bake", do: func(w *world, r *rand.Rand) {
			if w.spec().Strategy == spec.StrategyBlueGreen {
				w.annotate("bake", pick(r, "10s", "2m"))
				w.annotate("approval", pick(r, "on", "off"))
			}
		}},
		{name: "early", resizes: true, do: func(w *world, r *rand.Rand) {
			if w.spec().Strategy == spec.StrategyCanary {
				w.annotate("canary-header", pick(r, "x-canary=always", "x-canary=yes"))
				w.annotate("mirror", pick(r, "10%", "60%"))
				w.unannotate(pick(r, "canary-header", "mirror", "neither"))
			}
		}},
		{name: "hooks", do: func(w *world, r *rand.Rand) {
			hook := pick(r, "before", "verify", "after")
			w.annotate(hook, "cronjob/"+pick(r, "one", "two", "two", "missing"))
			if r.IntN(3) == 0 {
				w.unannotate(hook)
			}
		}},
		{name: "jobs", do: func(w *world, r *rand.Rand) {
			w.jobsFail, w.jobTime = r.IntN(3) == 0, time.Duration(r.IntN(200))*time.Second
		}},
		{name: "steps", resizes: true, do: func(w *world, r *rand.Rand) {
			if w.spec().Strategy == spec.StrategyBlueGreen {
				return
			}
			w.annotate("steps", pick(r, "10@1m,50@1m,100@1m", "20,60@pause", "1@10s,2@10s,99@10s", "100@30s", "5@pause,100@pause"))
		}},
		{name: "on-inconclusive", do: func(w *world, r *rand.Rand) {
			w.annotate("on-inconclusive", pick(r, "hold", "promote", "abort"))
			w.annotate("max-hold", pick(r, "2m", "10m"))
		}},
		{name: "alert rules", do: func(w *world, r *rand.Rand) {
			w.annotate("alerts", pick(r, "HighErrorRate", "HighErrorRate,HighLatency"))
			w.modeAt[0] = pick(r, "pass", "pass", "blind", "none")
		}},
		{name: "edit", do: func(w *world, _ *rand.Rand) {
			if w.weightNow() > 0 {
				w.edit(app, w.weightNow(), "nobody changes nothing")
			}
		}},
		{name: "wrong annotation", do: func(w *world, r *rand.Rand) { w.annotate("max-latency", pick(r, "fast", "p95<1s", "p95<1s")) }},
		{name: "slow pods", do: func(w *world, r *rand.Rand) {
			if template := pick(r, "v2", "v3", "v4"); w.boot[template] >= 0 {
				w.boot[template] = time.Duration(r.IntN(40)) * time.Second
			}
		}},
		{name: "status by others", do: func(w *world, _ *rand.Rand) { w.dep.rv = w.rv() }},
	}
	return append(moves, slices.Repeat([]move{{name: "time", do: func(*world, *rand.Rand) {}}}, 14)...)
}

// rough moves may make requests fail, but never stop a run from ending well.
func rough() []move {
	return append(gentle(),
		move{name: "scale", resizes: true, do: func(w *world, r *rand.Rand) { w.scale(1 + r.IntN(9)) }},
		move{name: "scale and push", resizes: true, do: func(w *world, r *rand.Rand) {
			w.scale(1 + r.IntN(9))
			w.push([]string{"v1", "v2", "v3"}[r.IntN(3)])
		}},
		move{name: "to zero", harms: true, do: func(w *world, _ *rand.Rand) { w.scale(0) }},
		move{name: "revert weight", harms: true, do: func(w *world, r *rand.Rand) {
			if w.managed() {
				w.edit(app, 10*r.IntN(11), "argocd")
			}
		}},
		move{name: "broken image", do: func(w *world, r *rand.Rand) {
			template := []string{"v2", "v3", "v4"}[r.IntN(3)]
			if !slices.ContainsFunc(w.mine(), func(s *worldSet) bool { return s.template == template }) {
				w.boot[template] = -1 // not one that serves
			}
		}},
		move{name: "pods die", harms: true, do: func(w *world, r *rand.Rand) { w.killPods(r) }},
		move{name: "canary deleted", harms: true, do: func(w *world, _ *rand.Rand) {
			if run := w.run(); run != nil {
				w.deleteSet(run.Canary.Name)
			}
		}},
		move{name: "stray canary", harms: true, do: func(w *world, r *rand.Rand) { w.resizeCanary(r.IntN(5)) }},
		move{name: "record lost", harms: true, do: func(w *world, _ *rand.Rand) { w.loseRecord(); w.lostRecord = true }},
		move{name: "unpaused", harms: true, do: func(w *world, _ *rand.Rand) { w.unpause() }},
		move{name: "released", harms: true, do: func(w *world, _ *rand.Rand) { w.unannotate("strategy") }},
		move{name: "annotated", harms: true, do: func(w *world, _ *rand.Rand) { w.annotate("strategy", "canary"); w.fit() }},
		move{name: "route gone", harms: true, do: func(w *world, _ *rand.Rand) { delete(w.routes, app); w.rv() }},
		move{name: "route made", harms: true, do: func(w *world, r *rand.Rand) {
			if w.routes[app] == nil {
				w.route(app, r.IntN(2) == 0)
			}
		}},
		move{name: "unpinned", harms: true, do: func(w *world, _ *rand.Rand) { w.repin("") }},
		move{name: "pinned", harms: true, do: func(w *world, _ *rand.Rand) { w.repin("elsewhere") }},
		move{name: "canary service gone", harms: true, do: func(w *world, _ *rand.Rand) { delete(w.services, w.beside()); w.rv() }},
	)
}

// fit drops the annotations that the strategy does not have.
func (w *world) fit() {
	for name, only := range map[string]spec.Strategy{
		"steps": spec.StrategyCanary, "canary-header": spec.StrategyCanary, "mirror": spec.StrategyCanary, "bake": spec.StrategyBlueGreen, "approval": spec.StrategyBlueGreen,
	} {
		if only != w.spec().Strategy {
			w.unannotate(name)
		}
	}
}

// weightNow is what the route shows.
func (w *world) weightNow() int {
	if r := w.routes[app]; r != nil {
		return max(0, w.view(r).Weight)
	}
	return 0
}

func (w *world) killPods(r *rand.Rand) {
	for _, s := range w.sets {
		for _, pod := range s.pods {
			if r.IntN(3) == 0 {
				pod.due = w.now.Add(time.Duration(1+r.IntN(60)) * time.Second)
			}
		}
	}
	w.changed = true
}

func (w *world) resizeCanary(replicas int) {
	if run := w.run(); run != nil && w.set(run.Canary.Name) != nil {
		s := w.set(run.Canary.Name)
		s.replicas, s.rv = replicas, w.rv()
	}
}

// repin changes the Service's selector as somebody with an older manifest would.
func (w *world) repin(hash string) {
	svc := w.services[app]
	delete(svc.selector, hashLabel)
	if hash != "" {
		svc.selector[hashLabel] = hash
	}
	svc.rv = w.rv()
}

// meanwhile lets Kubernetes move between two actions of one Decision, so that some are decided on an old state.
func (w *world) meanwhile(r *rand.Rand) func(strategy.Action) {
	return func(strategy.Action) {
		if r.IntN(4) == 0 {
			controllers := w.kubernetes()
			controllers[r.IntN(len(controllers))]()
			w.obeyLaws("meanwhile")
		}
	}
}

// walk makes random moves, then those that are given, leaves the world alone and sees it come to a good end.
func walk(t *testing.T, seed uint64, moves []move, then ...func(*world)) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	w := running(t, 1+r.IntN(6))
	switch r.IntN(5) {
	case 0:
		delete(w.routes, app)
	case 1:
		w.route("second", true)
	case 2:
		w.userPolicy = "tls"
	}
	if r.IntN(3) == 0 {
		w.annotate("strategy", "blue-green")
	}
	w.services[app].grpc = r.IntN(3) == 0
	if r.IntN(4) == 0 {
		w.settings.Brake = strategy.BrakePaused
	}
	if r.IntN(4) == 0 {
		w.settings.Settle, w.settings.Drain = 0, 0
	}
	w.changed = true
	w.advance(t, time.Minute)
	w.laws = newLaws()
	w.between = w.meanwhile(r)
	var story []string
	tell := func() string {
		text := fmt.Sprintf("seed %d\n", seed)
		for _, line := range story {
			text += line + "\n"
		}
		text += strings.Join(w.trace[max(0, len(w.trace)-60):], "\n") + "\n"
		return text + fmt.Sprintf("%s: %s %v\n%s", w.last.Status.Phase, w.last.Status.Message, w.events, w)
	}
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%v\n%s", r, tell())
		}
	}()
	w.lost = func(why string) { require.FailNow(t, why, tell()) }
	for range 10 + r.IntN(30) {
		m := moves[r.IntN(len(moves))]
		m.do(w, r)
		w.laws.harmed = w.laws.harmed || m.harms
		w.laws.resized = w.laws.resized || m.resizes
		wait := []time.Duration{0, 0, time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute}[r.IntN(6)]
		story = append(story, fmt.Sprintf("%s %s, then %s: %s%s", w.now.Format(time.TimeOnly), m.name, wait, w.last.Status.Message, w.weights()))
		w.advance(t, wait)
		require.Empty(t, w.laws.broken, tell())
	}
	for _, do := range then {
		do(w)
	}
	w.leaveAlone(t)
	require.Empty(t, w.laws.broken, tell())
	w.requireGoodEnd(t, tell)
}

// leaveAlone takes every hindrance away that a user can take away, and lets an hour pass.
func (w *world) leaveAlone(t *testing.T) {
	t.Helper()
	w.between, w.refused, w.mode, w.modeAt = nil, nil, "pass", map[int]string{}
	for _, name := range []string{"command", "max-latency", "steps", "on-inconclusive", "max-hold", "bake", "approval", "canary-header", "mirror", "before", "verify", "after"} {
		w.unannotate(name)
	}
	w.jobsFail, w.jobTime = false, time.Minute
	if run := w.run(); run != nil && w.managed() && run.Phase != strategy.RunAborted {
		w.annotate("strategy", string(run.Strategy))
	}
	if w.dep.replicas == 0 {
		w.scale(2)
	}
	for name, svc := range w.services {
		if svc.selector[hashLabel] == "elsewhere" && name == app {
			w.repin("")
		}
	}
	w.advance(t, time.Minute)
	if run := w.run(); run != nil && run.Paused && run.Phase == strategy.RunShifting {
		w.command("resume")
	}
	w.advance(t, time.Hour)
}

// requireGoodEnd: nothing is left to do, and all is as the user wrote it.
func (w *world) requireGoodEnd(t *testing.T, tell func() string) {
	t.Helper()
	_, d := w.plan()
	require.Empty(t, d.Actions, tell())
	require.True(t, !w.settings.Leaving || d.Status.Phase == strategy.PhaseUnmanaged, tell())
	switch d.Status.Phase {
	case strategy.PhaseStarting:
		if run := w.run(); run != nil && w.boot[w.set(run.Stable.Name).template] < 0 {
			return // taken for stable while no pods were wanted; whatever else can serve does
		}
		// Annotated in the middle of a native roll-out that never ends: there is no version that could be called stable.
		require.Equal(t, spec.ReasonFirstRollout, d.Status.Reason, tell())
		require.Negative(t, w.boot[w.dep.template], tell())
		return
	case strategy.PhaseAtRest:
		require.Equal(t, w.dep.replicas, w.templateReady(w.dep.template), tell())
		require.Nil(t, w.run(), tell())
		require.Equal(t, w.settings.Brake == strategy.BrakePaused, w.dep.paused, tell())
		require.Contains(t, []string{"Promoted", "Ungated"}, w.condition(spec.ConditionPromoted).Reason, tell())
	case strategy.PhaseAborted:
		if stable := w.set(w.run().Stable.Name); w.boot[stable.template] < 0 {
			return // taken for stable while no pods were wanted; whatever else can serve does
		}
		require.True(t, w.dep.paused, tell())
		require.Equal(t, 0, w.templateReady(w.dep.template), tell())
		require.Equal(t, w.dep.replicas, w.counted(w.set(w.run().Stable.Name)), tell())
		require.Equal(t, "False", w.condition(spec.ConditionPromoted).Status, tell())
	case strategy.PhaseUnmanaged:
		require.True(t, !w.managed() || w.settings.Leaving, tell())
		require.Nil(t, w.record, tell())
		require.Nil(t, w.services[app+"-canary"], tell())
		require.Nil(t, w.services[app+"-preview"], tell())
		require.Nil(t, w.condition(spec.ConditionPromoted), tell())
		// Without a record nobody knows who has put the brake on.
		require.False(t, w.dep.paused && (!w.lostRecord || w.settings.Brake == strategy.BrakeAdmission), tell())
	case strategy.PhaseBlocked, strategy.PhaseShifting, strategy.PhaseHeld, strategy.PhasePromoting, strategy.PhaseAborting:
		require.Failf(t, "the run never ends", "%s", tell())
	}
	require.Empty(t, w.restored(), tell())
	if d.Status.Phase == strategy.PhaseUnmanaged && w.boot[w.dep.template] < 0 {
		return // a native roll-out hangs
	}
	pods := 0
	for _, s := range w.sets {
		require.False(t, w.owner(s) == strategy.OwnedByNobody && s.replicas > 0, tell())
		pods += w.counted(s)
	}
	require.Equal(t, w.dep.replicas, pods, tell())
}

// templateReady counts the pods of a template; those of an image that never starts are counted though they aren't ready.
func (w *world) templateReady(template string) int {
	n := 0
	for _, s := range w.sets {
		if s.template == template {
			n += w.counted(s)
		}
	}
	return n
}

func (w *world) counted(s *worldSet) int {
	if w.boot[s.template] < 0 {
		return s.replicas
	}
	return s.available
}

func TestGentleWalksFailNoRequestAndEndWell(t *testing.T) {
	for seed := range *walkCount {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { walk(t, seed, gentle()) }) {
			return
		}
	}
}

func TestRoughWalksEndWell(t *testing.T) {
	for seed := range *walkCount {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { walk(t, seed, rough()) }) {
			return
		}
	}
}

func TestUninstallingInTheMiddleOfAnythingLeavesPlainDeployments(t *testing.T) {
	for seed := range *walkCount {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) {
			walk(t, seed, rough(), func(w *world) {
				w.crash() // it is another process that takes Sluice out
				w.settings.Leaving, w.laws.harmed = true, true
			})
		}) {
			return
		}
	}
}

// walkCount is how many walks of each kind are made; a failure names its seed.
var walkCount = flag.Uint64("walks", 300, "how many random walks of each kind to make")
