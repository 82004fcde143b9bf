package mesh

import (
	"math"
	"time"
)

// Latency is a distribution of durations in buckets that grow by 15 %, from 0.1 ms to more than an hour. Distributions subtract
// exactly, which percentiles would not.
type Latency struct {
	counts [latencyBuckets]int64
}

const (
	latencyBuckets = 128
	latencyFloor   = 100 * time.Microsecond
	latencyGrowth  = 1.15
)

func (l *Latency) add(d time.Duration) {
	index := 0
	if d > latencyFloor {
		index = int(math.Ceil(math.Log(float64(d)/float64(latencyFloor)) / math.Log(latencyGrowth)))
	}
	l.counts[min(index, latencyBuckets-1)]++
}

// Quantile is an upper bound, at most 15 % too high, of the duration that the share q of the requests did not exceed; 0 of none.
func (l Latency) Quantile(q float64) time.Duration {
	var total int64
	for _, n := range l.counts {
		total += n
	}
	if total == 0 {
		return 0
	}
	rank := max(int64(math.Ceil(q*float64(total))), 1)
	index := 0
	for ; index < latencyBuckets-1; index++ {
		if rank -= l.counts[index]; rank <= 0 {
			break
		}
	}
	return time.Duration(float64(latencyFloor) * math.Pow(latencyGrowth, float64(index)))
}

func (l Latency) minus(before Latency) Latency {
	for i := range l.counts {
		l.counts[i] -= before.counts[i]
	}
	return l
}
