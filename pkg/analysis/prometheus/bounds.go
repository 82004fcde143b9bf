package prometheus

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

const (
	labelBucket = "le"
	infinite    = "+Inf"
)

// bounds are the bucket bounds that a run's pods have had since its start.
type bounds struct {
	// pods has per pod its bounds.
	pods map[string]map[float64]bool
	// written are the ways a bound is written: client libraries don't agree on 1 and 1.0.
	written map[float64][]string
	// sides says which sides have a bucket at all.
	sides [2]bool
}

func newBounds() *bounds {
	return &bounds{pods: map[string]map[float64]bool{}, written: map[float64][]string{}}
}

// add takes note of one bucket of one pod.
func (b *bounds) add(side analysis.Side, pod, le string) {
	b.sides[side] = true
	known := b.pods[pod]
	if known == nil {
		known = map[float64]bool{}
		b.pods[pod] = known
	}
	bound, err := strconv.ParseFloat(le, 64)
	if err != nil || math.IsNaN(bound) || math.IsInf(bound, 0) {
		return
	}
	known[bound] = true
	b.written[bound] = insert(b.written[bound], le)
}

// choose is the smallest bound at or above the threshold, in the histogram's unit, that all pods have. With a bound that only one
// version has, requests that are fast enough for the one would be too slow for the other. 0 if there is none.
func (b *bounds) choose(threshold float64) float64 {
	for _, bound := range slices.Sorted(maps.Keys(b.written)) {
		// A threshold of 2.3 s need not come out as the same float64 as the text 2.3.
		if bound < threshold*(1-1e-9) {
			continue
		}
		if b.common(bound) {
			return bound
		}
	}
	return 0
}

func (b *bounds) common(bound float64) bool {
	for _, known := range b.pods {
		if !known[bound] {
			return false
		}
	}
	return true
}

// buckets are a bound and that of all requests, in the ways that they are written.
func (b *bounds) buckets(bound float64) []string {
	return append(slices.Clone(b.written[bound]), infinite)
}

// duration is a bound as a time.
func (f *family) duration(bound float64) time.Duration {
	return time.Duration(math.Round(bound * float64(f.unit)))
}
