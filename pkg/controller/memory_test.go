package controller

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

func TestMemoryKnowsSinceWhenEndpointsAreReady(t *testing.T) {
	t.Parallel()
	m, key, start := newMemory(), strategy.Key{Namespace: "ns", Name: "shop"}, time.Unix(1000, 0)
	uid := types.UID("first")
	at := func(seconds int, counts map[string]int) strategy.Service {
		var svc strategy.Service
		m.endpoints(&svc, key, uid, counts, start.Add(time.Duration(seconds)*time.Second))
		return svc
	}
	at(0, map[string]int{"a": 3})
	at(5, map[string]int{"a": 3, "b": 2})
	svc := at(9, map[string]int{"b": 5})

	assert.Equal(t, start, svc.SeenSince)
	since, ok := svc.Ready["b"].AtLeast(2)
	assert.True(t, ok)
	assert.Equal(t, start.Add(5*time.Second), since)
	since, ok = svc.Ready["b"].AtLeast(5)
	assert.True(t, ok)
	assert.Equal(t, start.Add(9*time.Second), since)
	since, ok = svc.Ready["a"].Absent()
	assert.True(t, ok, "a version whose last endpoint is gone")
	assert.Equal(t, start.Add(9*time.Second), since)
	assert.Equal(t, start.Add(9*time.Second), svc.Changed["b"])

	m.prune(key, []strategy.ReplicaSet{{Name: "b"}})
	svc = at(10, map[string]int{"b": 5})
	assert.NotContains(t, svc.Ready, "a", "a ReplicaSet that is no more is forgotten")
	assert.Equal(t, start.Add(9*time.Second), svc.Changed["b"], "nothing has changed since")

	uid = "made anew"
	svc = at(20, map[string]int{"b": 5})
	since, ok = svc.Ready["b"].AtLeast(5)
	assert.True(t, ok)
	assert.Equal(t, start.Add(20*time.Second), since, "another Service of that name, which the mesh has yet to learn of")
}

func TestMemoryKnowsWhatARouteShowedBefore(t *testing.T) {
	t.Parallel()
	m, start := newMemory(), time.Unix(1000, 0)
	at := func(seconds, weight int) strategy.Route {
		r := strategy.Route{Key: strategy.Key{Namespace: "ns", Name: "shop"}}
		m.route(&r, traffic.View{Weight: weight}, start.Add(time.Duration(seconds)*time.Second))
		return r
	}
	first := at(0, 10)
	assert.True(t, first.First)
	assert.Equal(t, -1, first.Previous)
	assert.True(t, at(3, 10).First, "still as at the first look")
	changed := at(5, 50)
	assert.False(t, changed.First)
	assert.Equal(t, 10, changed.Previous)
	assert.Equal(t, start.Add(5*time.Second), changed.ShownSince)
	assert.Equal(t, start.Add(5*time.Second), at(9, 50).ShownSince)
}
