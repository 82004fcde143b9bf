package web

import (
	"math"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

const (
	// maxSamples is how many samples a run has at most; when there are so many, every second one goes. With a verdict every 15 s that
	// is after two hours, and a run of a day keeps a sample every 6 minutes.
	maxSamples = 512
	// maxPlotted is how many gates of a run have plots. The tables have all of them.
	maxPlotted = 8
)

// plot has the samples of one run.
type plot struct {
	run    string
	number int
	gates  []string
	// spacing is how far apart samples must be, but for those at which a weight or an outcome has changed.
	spacing time.Duration
	samples []sample
}

// sample is what was measured at one time. Of each number nothing is kept beyond what a plot can show: float32.
type sample struct {
	// at is in milliseconds since the Unix epoch.
	at     int64
	weight float32
	// gates are in the order of plot.gates, as far as they were known then.
	gates []point
}

// point is one gate in a sample; NaN where there is no such number.
type point struct {
	value, stable, threshold         float32
	abort, abortLimit, pro, proLimit float32
	canaryRequests, stableRequests   float32
	outcome                          uint8
}

func newPlot(run *strategy.Run) *plot { return &plot{run: run.ID, number: run.Number} }

// newest is when the last sample was taken; the zero time when there is none.
func (p *plot) newest() time.Time {
	if len(p.samples) == 0 {
		return time.Time{}
	}
	return time.UnixMilli(p.samples[len(p.samples)-1].at)
}

// add takes a sample, unless the run is over and its last one is there. It says whether the plot has changed.
//
// A sample that says the same as the two before it only moves the last one's time, so that what stands still takes no room; one that
// is too near to the sample before replaces the last one, so that the newest numbers are always there.
func (p *plot) add(r *watch.Rollout) bool {
	if r.Run.Phase == strategy.RunAborted {
		return false // what a drained canary counts is nobody's business
	}
	s := p.take(r)
	n := len(p.samples)
	if n > 0 && s.at <= p.samples[n-1].at {
		return false // the clock stood still, or went back
	}
	if n >= 2 && p.replaceable(s) {
		p.samples[n-1] = s
		return true
	}
	if n >= maxSamples {
		p.thin()
	}
	p.samples = append(p.samples, s)
	return true
}

// replaceable says whether the last sample may give way to s: they say the same, with the one before, or nothing but numbers has changed
// in less than the spacing.
func (p *plot) replaceable(s sample) bool {
	last, before := &p.samples[len(p.samples)-1], &p.samples[len(p.samples)-2]
	if last.same(&s) && before.same(&s) {
		return true
	}
	return last.stage(&s) && before.stage(&s) && time.Duration(s.at-before.at)*time.Millisecond < p.spacing
}

// thin takes out every second sample; the first and the last stay, and so does what a change of weight or outcome shows.
func (p *plot) thin() {
	kept := p.samples[:0]
	for i := range p.samples {
		s := &p.samples[i]
		if i%2 == 0 || i == len(p.samples)-1 || (!s.stage(&p.samples[i-1]) && len(kept) < maxSamples*3/4) {
			kept = append(kept, *s)
		}
	}
	clear(p.samples[len(kept):])
	p.samples = kept
	span := time.Duration(kept[len(kept)-1].at-kept[0].at) * time.Millisecond
	p.spacing = max(2*p.spacing, span/(maxSamples/2))
}

// take makes a sample of what was seen.
func (p *plot) take(r *watch.Rollout) sample {
	for i := range r.Status.Gates {
		if name := r.Status.Gates[i].Name; len(p.gates) < maxPlotted && !slices.Contains(p.gates, name) {
			p.gates = append(p.gates, name)
		}
	}
	s := sample{at: r.At.UnixMilli(), weight: float32(r.Status.Weight), gates: make([]point, len(p.gates))}
	for i := range s.gates {
		s.gates[i] = nothing()
	}
	for i := range r.Status.Gates {
		if at := slices.Index(p.gates, r.Status.Gates[i].Name); at >= 0 {
			s.gates[at] = pointOf(&r.Status.Gates[i])
		}
	}
	return s
}

func nothing() point {
	nan := float32(math.NaN())
	return point{
		value: nan, stable: nan, threshold: nan, abort: nan, abortLimit: nan, pro: nan, proLimit: nan, canaryRequests: nan, stableRequests: nan,
	}
}

func pointOf(g *analysis.Gate) point {
	p := nothing()
	p.outcome = outcomeNumber(g.Outcome)
	if !counts(g) {
		if g.Mode == analysis.ModeScoped {
			p.value, p.stable = float32(g.Value), float32(g.StableValue)
		}
		return p
	}
	if g.Canary.Requests > 0 {
		p.value = float32(g.Value)
	}
	if g.Stable.Requests > 0 {
		p.stable = float32(g.StableValue)
	}
	if g.Threshold > 0 {
		p.threshold = float32(g.Threshold)
	}
	p.canaryRequests, p.stableRequests = float32(g.Canary.Requests), float32(g.Stable.Requests)
	// Evidence without a limit was not looked for.
	if g.Abort.Log10Limit > 0 {
		p.abort, p.abortLimit = float32(g.Abort.Log10E), float32(g.Abort.Log10Limit)
	}
	if g.Promote.Log10Limit > 0 {
		p.pro, p.proLimit = float32(g.Promote.Log10E), float32(g.Promote.Log10Limit)
	}
	return p
}

// counts says whether a gate counts requests. The other alert rules are expressions that are true or not.
func counts(g *analysis.Gate) bool {
	return g.Mode != analysis.ModeScoped && g.Mode != analysis.ModeGlobal
}

// outcomes are numbered so that a sample needs a byte for one; the first is none.
func outcomes() [5]analysis.Outcome {
	return [5]analysis.Outcome{"", analysis.Pass, analysis.Fail, analysis.Hold, analysis.Wait}
}

func outcomeNumber(o analysis.Outcome) uint8 {
	all := outcomes()
	return uint8(max(slices.Index(all[:], o), 0))
}

// same says whether two samples differ in nothing but their time.
func (s *sample) same(t *sample) bool {
	return s.weight == t.weight && slices.EqualFunc(s.gates, t.gates, func(a, b point) bool {
		x, y := a.numbers(), b.numbers()
		return a.outcome == b.outcome && slices.EqualFunc(x[:], y[:], func(x, y float32) bool {
			return math.Float32bits(x) == math.Float32bits(y) // NaN is not equal to itself
		})
	})
}

// stage says whether weight and outcomes are the same.
func (s *sample) stage(t *sample) bool {
	return s.weight == t.weight && slices.EqualFunc(s.gates, t.gates, func(a, b point) bool { return a.outcome == b.outcome })
}

// numbers are in the order in which they are declared.
func (p *point) numbers() [9]float32 {
	return [9]float32{p.value, p.stable, p.threshold, p.abort, p.abortLimit, p.pro, p.proLimit, p.canaryRequests, p.stableRequests}
}
