package podrunner

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// count is how many of the next n requests belong to the share.
func count(s *spread, share float64, n int) int {
	picked := 0
	for range n {
		if s.next(share) {
			picked++
		}
	}
	return picked
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		share    float64
		requests int
		want     int
	}{
		"no share picks none":                          {0, 1000, 0},
		"a whole share picks all":                      {1, 1000, 1000},
		"a fifth is exact over one block":              {0.2, 20, 4},
		"a twentieth is exact over one block":          {0.05, 20, 1},
		"a fifth is exact over many blocks":            {0.2, 2000, 400},
		"half a percent is exact once it adds up":      {0.005, 20000, 100},
		"three in ten, which no float holds, is exact": {0.3, 200000, 60000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, count(newSpread("shop-abc-12345", "errors"), test.share, test.requests))
		})
	}
}

func TestSpreadIsTheSameForTheSamePodOnly(t *testing.T) {
	t.Parallel()
	sequence := func(pod, purpose string) []bool {
		s := newSpread(pod, purpose)
		picks := make([]bool, 100)
		for i := range picks {
			picks[i] = s.next(0.2)
		}
		return picks
	}
	first := sequence("a", "errors")
	assert.Equal(t, first, sequence("a", "errors"))
	assert.NotEqual(t, first, sequence("b", "errors"))
	assert.NotEqual(t, first, sequence("a", "slow"))
}

func TestSpreadFollowsAChangedShareAtOnce(t *testing.T) {
	t.Parallel()
	s := newSpread("a", "errors")
	assert.Equal(t, 0, count(s, 0, 7))
	assert.Equal(t, 20, count(s, 1, 20))
}
