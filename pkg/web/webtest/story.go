package webtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// Every is the time between two frames of a Story, and the length of an interval of its evidence.
const Every = 5 * time.Second

// Frame is what a controller tells at one time.
type Frame struct {
	Rollout  watch.Rollout
	Happened []watch.Transition
}

// Tell tells it.
func (f *Frame) Tell(w watch.Watcher) {
	for _, t := range f.Happened {
		w.Happened(t)
	}
	w.Seen(f.Rollout)
}

// Play tells frames in their order.
func Play(w watch.Watcher, frames []Frame) {
	for i := range frames {
		frames[i].Tell(w)
	}
}

// Story is a run of one Deployment, of 10 pods and about 40 requests a second.
type Story struct {
	Key strategy.Key
	// Errors and Slow are the shares of the canary's requests that fail, and that take longer than 500 ms.
	Errors, Slow float64
	// Number is that of the run, Seed that of its requests.
	Number int
	Seed   uint64
	// Strange is put into messages and names that users or their objects have a say in.
	Strange string
}

// Promoted is a good version of shop/checkout, Aborted a bad one of shop/cart.
func Promoted() Story {
	return Story{Key: strategy.Key{Namespace: "shop", Name: "checkout"}, Errors: .003, Slow: .012, Number: 7, Seed: 7}
}

// Aborted is a version that fails one request in twelve.
func Aborted() Story {
	return Story{Key: strategy.Key{Namespace: "shop", Name: "cart"}, Errors: .085, Slow: .05, Number: 12, Seed: 12}
}

const (
	pods, perSecond         = 10, 40
	stableErrors, stableLag = .004, .011
	starting, hold          = 30 * time.Second, time.Minute
)

// telling is a Story while it is told.
type telling struct {
	Story
	dice   *rand.Rand
	start  time.Time
	now    time.Time
	run    strategy.Run
	past   []strategy.Summary
	gates  []analysis.Gate
	ready  int
	errors analysis.Family
	slow   analysis.Family
	frames []Frame
	news   []watch.Transition
}

func plan() []int { return []int{10, 50, 100} }

// Frames tells the whole Story, from its start to half a minute after its end.
func (s Story) Frames(start time.Time) []Frame {
	name := s.Key.Name
	t := &telling{Story: s, dice: rand.New(rand.NewPCG(s.Seed, 1)), start: start, now: start}
	t.past = history(s, start)
	t.run = strategy.Run{
		Number: s.Number, ID: fmt.Sprintf("%s-%d", name, s.Number), Strategy: spec.StrategyCanary, Canary: ref(name, s.Seed), Stable: ref(name, s.Seed-1),
		Service: name, Phase: strategy.RunShifting, Since: start, StartedAt: start,
	}
	if s.Strange != "" {
		t.run.Hooks = []strategy.HookRun{{Hook: spec.HookVerify, CronJob: s.Strange, Job: s.Strange, State: strategy.JobRunning, StartedAt: start, Message: s.Strange}}
	}
	before := analysis.Family{}
	for at := start.Add(-10 * time.Minute); at.Before(start); at = at.Add(Every) {
		before.Before = append(before.Before, t.interval(at, 0, stableErrors))
	}
	t.errors, t.slow = before, before
	t.errors.Metric, t.slow.Metric, t.slow.Bound = "http_requests_total", "http_request_duration_seconds", 500*time.Millisecond
	t.happen(false, spec.ReasonStarted, fmt.Sprintf("run %d: %s is judged against %s in 3 steps: 10, 50, 100 %%", s.Number, t.run.Canary.Name, t.run.Stable.Name))
	t.begin()
	for step, weight := range plan() {
		if !t.step(step, weight) {
			t.abort()
			return t.frames
		}
	}
	t.promote()
	return t.frames
}

func ref(name string, n uint64) strategy.Ref {
	hash := fmt.Sprintf("%08x", 0x5bd1e995*(n+3)&0xffffffff)
	return strategy.Ref{Name: name + "-" + hash, Hash: hash}
}

// begin waits for the first pods.
func (t *telling) begin() {
	for t.now.Before(t.start.Add(starting)) {
		t.ready = min(int(t.now.Sub(t.start)/(10*time.Second)), 2)
		reason, message := spec.ReasonScaling, fmt.Sprintf("%d of 2 pods available", t.ready)
		if t.ready == 2 {
			reason, message = spec.ReasonSettling, "the mesh is given 12s to learn of the pods"
		}
		t.tell(strategy.PhaseStarting, reason, t.where()+": "+message)
	}
}

// step gives the canary a weight and judges it until it may go on; false: it may not.
func (t *telling) step(step, weight int) bool {
	t.run.Step, t.run.Weight, t.run.WeightAt, t.run.Since = step, weight, t.now, t.now
	if t.run.FirstAt.IsZero() {
		t.run.FirstAt = t.now
	}
	t.ready = max(2, pods*weight/100)
	reason, message := spec.ReasonWeight, fmt.Sprintf("the first step: %d %%", weight)
	if step > 0 {
		reason, message = spec.ReasonPassed, fmt.Sprintf("step %d passed: %s", step, t.gates[0].Message)
	}
	t.run.Weights = append(slices.Clone(t.run.Weights), strategy.WeightChange{At: t.now, Weight: weight, Reason: reason, Message: message})
	t.happen(false, spec.ReasonWeight, fmt.Sprintf("%s gets %d %%: %s", t.run.Canary.Name, weight, message))
	for until := t.now.Add(10 * time.Minute); t.now.Before(until); {
		v := t.judge()
		t.gates = v.Gates
		switch {
		case v.Outcome == analysis.Fail:
			t.run.Reason, t.run.Message = spec.ReasonGateFailed, v.Message
			return false
		case v.Outcome == analysis.Pass && t.now.Sub(t.run.WeightAt) >= hold:
			return true
		case v.Outcome == analysis.Pass:
			t.tell(strategy.PhaseShifting, spec.ReasonHolding, fmt.Sprintf("%s: held until %s; %s", t.where(), t.run.WeightAt.Add(hold).Format(time.TimeOnly), v.Message))
		default:
			t.tell(strategy.PhaseHeld, spec.ReasonEvidence, t.where()+": "+v.Message)
		}
	}
	return true
}

// judge draws the requests of one more interval and judges all of them.
func (t *telling) judge() analysis.Verdict {
	at := t.now.Add(-Every)
	if !at.Before(t.run.FirstAt) {
		t.errors.Intervals = append(t.errors.Intervals, t.interval(at, t.Errors, stableErrors))
		t.slow.Intervals = append(t.slow.Intervals, t.interval(at, t.Slow, stableLag))
	}
	for _, f := range []*analysis.Family{&t.errors, &t.slow} {
		f.CanarySeen, f.StableSeen = t.now, t.now
	}
	return analysis.Judge(analysis.Subject{
		Namespace: t.Key.Namespace, Deployment: t.Key.Name, Run: t.run.ID, Canary: t.run.Canary.Name, Stable: t.run.Stable.Name,
		Since: t.run.FirstAt, StepSince: t.run.WeightAt, Weight: t.run.Weight,
		Gates: analysis.Gates{MaxErrorRate: .05, LatencyQuantile: .95, LatencyThreshold: 500 * time.Millisecond, Compare: true},
	}, analysis.Evidence{Run: t.run.ID, Interval: Every, Scrape: Every, End: t.now, Errors: t.errors, Latency: t.slow}, t.now)
}

// interval is one interval's requests.
func (t *telling) interval(at time.Time, canary, stable float64) analysis.Interval {
	total := perSecond*int(Every/time.Second) + t.dice.IntN(40) - 20
	share := total * t.run.Weight / 100
	return analysis.Interval{
		Start: at, From: at, Canary: t.draw(share, canary), Stable: t.draw(total-share, stable), CanaryReported: true, StableReported: true,
	}
}

func (t *telling) draw(n int, share float64) analysis.Counts {
	c := analysis.Counts{Requests: float64(n)}
	for range n {
		if t.dice.Float64() < share {
			c.Bad++
		}
	}
	return c
}
