package analysis

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reader makes numbers of any kind out of bytes.
type reader struct{ data []byte }

func (r *reader) byte() byte {
	if len(r.data) == 0 {
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

// float is a small whole number mostly, else anything that a float64 can be.
func (r *reader) float() float64 {
	b := r.byte()
	switch {
	case b < 160:
		return float64(b)
	case b < 200:
		return float64(b) * math.Pow(10, float64(r.byte()%20))
	case b < 210:
		return float64(b) / 1000
	case b < 215:
		return []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e308}[b-210]
	}
	var raw [8]byte
	for i := range raw {
		raw[i] = r.byte()
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(raw[:]))
}

// time is within an hour of the start mostly, else within some centuries, or none.
func (r *reader) time() time.Time {
	switch b := r.byte(); {
	case b < 230:
		return second(tick * (int(b) - 120))
	case b < 250:
		return start.Add(time.Duration(int64(r.byte())-128) * 10000 * time.Hour)
	default:
		return time.Time{}
	}
}

func (r *reader) counts() Counts { return Counts{r.float(), r.float()} }

func (r *reader) intervals() []Interval {
	all := make([]Interval, r.byte()%40)
	for i := range all {
		flags := r.byte()
		all[i] = Interval{
			Start: second(tick * i), From: second(tick * i), Canary: r.counts(), Stable: r.counts(),
			CanaryReported: flags&1 == 0, StableReported: flags&2 == 0, Excluded: flags > 240,
		}
		if flags > 200 {
			all[i].Start, all[i].From = r.time(), r.time()
		}
	}
	return all
}

func (r *reader) family() Family {
	f := Family{
		Metric: "m", CanarySeen: second(590), StableSeen: second(590), Intervals: r.intervals(), Bound: time.Duration(r.byte()),
	}
	switch flags := r.byte(); {
	case flags < 60:
		f.Before = r.intervals()
	case flags < 120:
		for i := range r.byte() % 8 {
			f.Groups = append(f.Groups, Group{Key: fmt.Sprint(i % 5), Intervals: r.intervals(), StableSince: r.counts()})
		}
	case flags < 130:
		f.CanarySeen, f.StableSeen, f.StableSince = r.time(), r.time(), r.counts()
	case flags < 140:
		f.Faults = []Fault{{Problem{ReasonMalformed, "odd"}, r.time()}}
	case flags < 145:
		f.Problem = &Problem{ReasonUnreachable, "gone"}
	}
	return f
}

func (r *reader) state() FiringState {
	flags := r.byte()
	return FiringState{Active: flags&1 > 0, Firing: flags&2 > 0, Since: time.Duration(r.float()), Labels: "x", Value: r.float()}
}

func (r *reader) subject() Subject {
	flags := r.byte()
	sub := Subject{
		Run: "run-1", Canary: "shop-new", Stable: "shop-old", Since: second(0), StepSince: second(60), Weight: int(r.byte() % 102),
		Gates: Gates{MaxErrorRate: .01, LatencyQuantile: .95, LatencyThreshold: time.Second, Compare: flags&1 == 0},
	}
	if flags&2 > 0 {
		sub.Gates.Reach = &Reach{}
	}
	if flags > 128 {
		sub.Gates.MaxErrorRate, sub.Gates.LatencyQuantile, sub.Gates.LatencyThreshold = r.float(), r.float(), time.Duration(r.float())
		sub.Since, sub.StepSince = r.time(), r.time()
	}
	for range flags >> 2 & 3 {
		a := Alert{Name: "A", Severity: SeverityAbort}
		switch kind := r.byte(); {
		case kind < 100:
			a.Lifted = &LiftedRule{Limit: float64(1+kind) / 102, Latency: kind&1 > 0}
		case kind < 120:
			a.Lifted = &LiftedRule{Limit: r.float()}
		case kind < 220:
			a.Scoped = &ScopedRule{For: time.Minute, Global: kind&1 > 0}
		}
		sub.Gates.Alerts = append(sub.Gates.Alerts, a)
	}
	return sub
}

// FuzzJudge feeds whatever there is. Nothing panics, all numbers can be written as JSON, the same question has the same answer, and a
// pass has requests behind it.
func FuzzJudge(f *testing.F) {
	f.Add([]byte{})
	rng := rand.New(rand.NewPCG(41, 42))
	for n := range 40 {
		data := make([]byte, 40*n)
		for i := range data {
			data[i] = byte(rng.IntN(256))
			if rng.IntN(2) == 0 {
				data[i] %= 100
			}
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{data}
		sub := r.subject()
		ev := Evidence{Run: "run-1", Interval: scrape, Scrape: scrape, End: second(600), Errors: r.family()}
		if r.byte() > 240 {
			ev.Interval, ev.Scrape, ev.End = time.Duration(r.float()), time.Duration(r.float()), r.time()
		}
		ev.Latency, ev.Reach = r.family(), r.family()
		for range sub.Gates.Alerts {
			ev.Alerts = append(ev.Alerts, AlertEvidence{Family: r.family(), Firing: Firing{
				At: second(595), Canary: r.state(), Stable: r.state(), CanarySeen: r.byte() < 200,
			}})
		}
		v := Judge(sub, ev, second(615))
		text, err := json.Marshal(v)
		require.NoError(t, err)
		again, err := json.Marshal(Judge(sub, ev, second(615)))
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
		require.NotEmpty(t, v.Message)
		for i := range v.Gates {
			requireGrounds(t, &v, &v.Gates[i], sub.Weight)
		}
		if v.Outcome == Pass {
			require.True(t, sub.Weight == 0 || v.Reason == ReasonEnough || noGates(&sub.Gates), "%s", text)
		}
	})
}

func noGates(g *Gates) bool {
	return g.MaxErrorRate == 0 && g.LatencyThreshold == 0 && len(g.Alerts) == 0
}

// requireGrounds checks what any gate's outcome needs.
func requireGrounds(t *testing.T, v *Verdict, g *Gate, weight int) {
	t.Helper()
	require.NotEmpty(t, g.Reason)
	switch {
	case g.Outcome != Pass:
		require.NotEqual(t, Pass, v.Outcome, "one that does not pass keeps all from passing")
	case weight > 0 && g.Mode != ModeScoped && g.Mode != ModeGlobal && g.Name != GateReach:
		require.Positive(t, g.Step.Requests, g.Message)
		require.True(t, g.Promote.Reached(), g.Message)
	}
	if g.Outcome == Fail && g.Mode != ModeScoped {
		require.True(t, g.Abort.Reached(), g.Message)
		require.Positive(t, g.Canary.Bad, g.Message)
	}
	if g.Dispersion != 0 {
		require.GreaterOrEqual(t, g.Dispersion, 1.0)
		require.LessOrEqual(t, g.Dispersion, float64(largestDispersion))
	}
}

// FuzzCounters makes up worlds of pods that serve, restart, come and go, in groups, and a scraper that misses some of it: the counts are
// the truth, the groups add up to the whole, and neither depends on how the samples are cut into batches.
func FuzzCounters(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint16(300+60*seed), byte(seed*13))
	}
	f.Fuzz(func(t *testing.T, seed uint64, seconds uint16, groups byte) {
		rng := rand.New(rand.NewPCG(seed, 1))
		end := 60 + int(seconds)%1800
		w := imagine(rng, end)
		if groups > 0 {
			for i := range w.series {
				w.series[i].Group = fmt.Sprint(rng.IntN(int(groups)) % 5)
			}
		}
		whole := counted(end, w.series...)
		require.Empty(t, whole.Faults)
		for side, got := range []Counts{canaryOf(whole), stableOf(whole)} {
			require.Equal(t, w.served[side], got.plus(w.hidden[side]), "%s", Side(side))
		}
		if len(whole.Groups) > 0 {
			var sum Family
			for _, g := range whole.Groups {
				sum.Intervals = append(sum.Intervals, g.Intervals...)
			}
			require.Equal(t, [2]Counts{canaryOf(whole), stableOf(whole)}, [2]Counts{canaryOf(sum), stableOf(sum)})
		}
		require.Equal(t, whole, inBatches(rng, w.series, end))
	})
}
