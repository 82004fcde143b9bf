package analysis

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// world is what really happened: pods that serve, restart, come and go, and a scraper that misses some of it.
type world struct {
	series []Series
	// served is, per side, what was served within the run and was still on a counter when that was scraped; hidden is what of it
	// no scraper can see: a counter that fell and, by the next scrape, was past its former value.
	served, hidden [2]Counts
}

// imagine makes up a world of so many seconds.
func imagine(rng *rand.Rand, seconds int) world {
	var w world
	for side := Canary; side <= Stable; side++ {
		for n := range 1 + rng.IntN(4) {
			w.pod(rng, side, fmt.Sprintf("%s-%d", side, n), seconds)
		}
	}
	return w
}

// pod lives from some time in the first half of the run on, or, if it is stable's, from before. It begins with some of its
// counters; others appear with the first request. A restart puts all to 0.
func (w *world) pod(rng *rand.Rand, side Side, name string, seconds int) {
	born, dead := rng.IntN(seconds/2), seconds
	if side == Stable {
		born = -10 * tick
	}
	if rng.IntN(3) == 0 {
		dead = seconds/2 + rng.IntN(seconds/2)
	}
	statuses := []string{"200", "404", "500", "503"}
	phase, rate, errors, misses := rng.IntN(tick), rng.IntN(40), rng.Float64()*.3, rng.Float64()*.2
	counters, booked, shown := map[string]float64{}, map[string]float64{}, map[string]float64{}
	samples := map[string][]Sample{}
	if side == Stable {
		counters["200"] = float64(rng.IntN(1e6))
	}
	for s := born; s < dead; s++ {
		if rng.IntN(200) == 0 {
			for status := range counters {
				counters[status], booked[status] = 0, 0
			}
		}
		for range rng.IntN(rate + 1) {
			status := statuses[rng.IntN(2)]
			if rng.Float64() < errors {
				status = statuses[2+rng.IntN(2)]
			}
			counters[status]++
		}
		if (s-born)%tick != phase || (s > 0 && rng.Float64() < misses) {
			continue
		}
		for status, v := range counters {
			samples[status] = append(samples[status], Sample{At: second(s).UnixMilli(), Value: v})
			if role := RoleOfStatus(status); s > 0 {
				w.served[side] = w.served[side].plus(role.counts(v - booked[status]))
				if booked[status] < shown[status] && v >= shown[status] {
					w.hidden[side] = w.hidden[side].plus(role.counts(shown[status]))
				}
			}
			booked[status], shown[status] = v, v
		}
	}
	for _, status := range statuses {
		w.series = append(w.series, series(side, name, status, samples[status]))
	}
}

func TestCountsEqualTheTruthUpToTheLastScrape(t *testing.T) {
	for seed := range uint64(150) {
		w := imagine(rand.New(rand.NewPCG(seed, 1)), 1200)
		f := counted(1200, w.series...)
		require.Empty(t, f.Faults, "seed %d", seed)
		for side, got := range []Counts{canaryOf(f), stableOf(f)} {
			assert.Equal(t, w.served[side], got.plus(w.hidden[side]), "seed %d: %s", seed, Side(side))
		}
	}
}

// inBatches feeds a ledger bit by bit, with the series in any order and every batch holding more than is new.
func inBatches(rng *rand.Rand, all []Series, end int) Family {
	l := ledger()
	for at := 0; at < end; {
		at = min(at+1+rng.IntN(5*tick), end)
		batch := append([]Series(nil), all...)
		rng.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		l.Advance(second(at), batch)
		l.Family("http_requests_total")
	}
	return l.Family("http_requests_total")
}

func TestBitByBitIsAsAtOnce(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		w := imagine(rng, 600)
		if seed%2 == 0 {
			w.series = append(w.series, with(w.series[0], "prometheus_replica", "b"))
		}
		before := fmt.Sprint(w.series)
		assert.Equal(t, counted(600, w.series...), inBatches(rng, w.series, 600), "seed %d", seed)
		assert.Equal(t, before, fmt.Sprint(w.series), "seed %d: the input is only read", seed)
	}
}

// FuzzLedger feeds whatever there is: nothing panics, no count is impossible, and batches don't matter.
func FuzzLedger(f *testing.F) {
	f.Add(uint64(1), []byte{})
	f.Add(uint64(2), []byte{0, 10, 0, 0, 0, 0, 0, 0, 240, 63, 1, 20, 0, 0, 0, 0, 0, 0, 0, 64, 2, 30, 0, 0, 0, 0, 0, 0, 240, 127})
	f.Add(uint64(3), []byte{7, 200, 255, 255, 255, 255, 255, 255, 255, 255, 7, 201, 0, 0, 0, 0, 0, 0, 8, 64})
	f.Fuzz(func(t *testing.T, seed uint64, data []byte) {
		rng := rand.New(rand.NewPCG(seed, 3))
		roles := []Role{RoleGood, RoleBad, RoleUnknown, RoleAll, RoleFast}
		all := make([]Series, 12)
		for i := range all {
			all[i] = Series{
				Side: Side(i % 2), Pod: fmt.Sprint("p", i%3), Role: roles[i%len(roles)], Group: []string{"", "a", "b", "c"}[i%4],
				Labels: map[string]string{"n": fmt.Sprint(i % 4), "job": fmt.Sprint(i % 5), "le": fmt.Sprint(i % 2)},
			}
		}
		at := int64(0)
		for n := 0; len(data) >= 10 && n < 200; n++ {
			s := &all[int(data[0])%len(all)]
			at += int64(data[1]) * 100
			v := math.Float64frombits(binary.LittleEndian.Uint64(data[2:]))
			if math.Abs(v) < largest {
				// Counters count: only sums of whole numbers are the same in any order.
				v = math.Trunc(math.Mod(v, 1e9))
			}
			s.Samples = append(s.Samples, Sample{At: start.UnixMilli() + at - 20_000, Value: v})
			data = data[10:]
		}
		end := int(at/1000) + 1
		whole := counted(end, all...)
		for _, g := range whole.Groups {
			require.False(t, g.StableSince.Requests <= largest && g.StableSince.impossible(), "%v", g)
		}
		for _, in := range append(append([]Interval(nil), whole.Intervals...), whole.Before...) {
			if in.Canary.Requests <= largest && in.Stable.Requests <= largest {
				require.False(t, in.Canary.impossible() || in.Stable.impossible(), "%v", in)
			}
		}
		require.Equal(t, whole, inBatches(rng, all, end))
		Judge(Subject{Since: start, StepSince: start, Weight: 10, Gates: Gates{MaxErrorRate: .01, Compare: true}},
			Evidence{Interval: tick * time.Second, Scrape: tick * time.Second, End: second(end), Errors: whole}, second(end))
	})
}
