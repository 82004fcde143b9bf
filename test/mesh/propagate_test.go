package mesh

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
)

// present counts Services: a stand-in for what the API server holds at a moment.
type present struct {
	objects Objects
	applied []int // Services in each configuration that took effect
	at      []time.Duration
}

func (p *present) change() { p.objects.Services = append(p.objects.Services, &corev1.Service{}) }

func TestPropagator(t *testing.T) {
	const delay = 100 * time.Millisecond
	for sentence, test := range map[string]struct {
		changes []time.Duration // when, from the start
		applied []int
		at      []time.Duration
	}{
		"a change takes effect after the delay": {
			[]time.Duration{0}, []int{1}, []time.Duration{delay},
		},
		"a change that comes in between has its own full delay": {
			[]time.Duration{0, 60 * time.Millisecond}, []int{1, 2}, []time.Duration{delay, delay + 60*time.Millisecond},
		},
		"a change after a pause": {
			[]time.Duration{0, time.Minute}, []int{1, 2}, []time.Duration{delay, delay + time.Minute},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var world present
				start := time.Now()
				p := newPropagator(delay, func() Objects { return world.objects }, func(o Objects) {
					world.applied = append(world.applied, len(o.Services))
					world.at = append(world.at, time.Since(start))
				})
				ctx, cancel := context.WithCancel(t.Context())
				go p.run(ctx)
				for _, at := range test.changes {
					<-time.After(at - time.Since(start)) // by the clock of the bubble
					world.change()
					p.kick()
					synctest.Wait()
				}
				<-time.After(time.Hour)
				cancel()
				synctest.Wait()
				assert.Equal(t, test.applied, world.applied)
				assert.Equal(t, test.at, world.at)
			})
		})
	}
}

func TestPropagatorTakesTheNewestOfSeveralThatAreDue(t *testing.T) {
	var applied []int
	p := newPropagator(0, nil, func(o Objects) { applied = append(applied, len(o.Services)) })
	now := time.Unix(100, 0)
	services := func(n int) Objects { return Objects{Services: make([]*corev1.Service, n)} }
	left := p.applyDue([]pending{
		{due: now.Add(-2), objects: services(1)},
		{due: now, objects: services(2)},
		{due: now.Add(1), objects: services(3)},
	}, now)
	assert.Equal(t, []int{2}, applied)
	assert.Len(t, left, 1)
}
