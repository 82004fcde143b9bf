package podrunner

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// block is the number of requests over which a spread is exact.
const block = 20

// spread says which of a sequence of requests belong to a share of them. In every run of twenty requests exactly
// share×20 belong (for shares that are no multiple of 1/20: one more or less, and exact in the long run), at positions that
// look random but depend only on the seed: small tests get the share they ask for, and every repetition the same.
type spread struct {
	seed  uint64
	phase float64 // in [0,1): which pods of several get the odd one first
	share float64
	n     int
	picks [block]bool
}

// newSpread seeds a spread with the pod's name and a purpose, so that errors and slowness are independent.
func newSpread(pod, purpose string) *spread {
	h := fnv.New64a()
	_, _ = h.Write([]byte(pod + "/" + purpose)) // a hash never fails
	seed := h.Sum64()
	return &spread{seed: seed, phase: rand.New(rand.NewPCG(seed, 0)).Float64()}
}

// next tells whether the next request belongs to the share. A share that changes begins a new block at once.
func (s *spread) next(share float64) bool {
	if share != s.share {
		s.share, s.n = share, 0
	}
	i := s.n % block
	if i == 0 {
		s.fill(s.n/block, share)
	}
	s.n++
	return s.picks[i]
}

// fill chooses the positions of one block: the number is the growth of the accumulated share over the block.
func (s *spread) fill(b int, share float64) {
	upTo := func(b int) int { return int(math.Floor(float64(b*block)*share + s.phase + 1e-9)) }
	count := upTo(b+1) - upTo(b)
	rng := rand.New(rand.NewPCG(s.seed, uint64(b)+1))
	s.picks = [block]bool{}
	for _, i := range rng.Perm(block)[:min(count, block)] {
		s.picks[i] = true
	}
}
