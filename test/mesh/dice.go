package mesh

import (
	"math/rand/v2"
	"sync"
)

// dice is a seeded source of chance that several goroutines may use.
type dice struct {
	mu     sync.Mutex
	source *rand.Rand
}

func newDice(seed uint64) *dice { return &dice{source: rand.New(rand.NewPCG(seed, seed))} }

// draw is a Draw.
func (d *dice) draw(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.source.IntN(n)
}
