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
		m.service(&svc, key, uid, counts, start.Add(time.Duration(seconds)*time.Second))
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
	assert.Equal(t, -1, first.Previous.Weight)
	assert.True(t, at(3, 10).First, "still as at the first look")
	changed := at(5, 50)
	assert.False(t, changed.First)
	assert.Equal(t, 10, changed.Previous.Weight)
	assert.Equal(t, start.Add(5*time.Second), changed.ShownSince)
	assert.Equal(t, start.Add(5*time.Second), at(9, 50).ShownSince)
}

func TestMemoryKnowsWhichVersionAServiceWasPinnedToBefore(t *testing.T) {
	m, start := newMemory(), time.Unix(1000, 0)
	at := func(second int, hash string) strategy.Service {
		svc := strategy.Service{Selector: map[string]string{"app": "shop"}}
		if hash != "" {
			svc.Selector[hashLabel] = hash
		}
		m.service(&svc, strategy.Key{Name: "shop"}, "uid", nil, start.Add(time.Duration(second)*time.Second))
		return svc
	}
	assert.Zero(t, at(0, "old").PinSince, "as at the first look")
	swapped := at(3, "new")
	assert.Equal(t, "old", swapped.PinBefore)
	assert.Equal(t, start.Add(3*time.Second), swapped.PinSince)
	assert.Equal(t, swapped.PinSince, at(5, "new").PinSince)
	undone := at(7, "")
	assert.Equal(t, "new", undone.PinBefore)
	assert.Equal(t, start.Add(7*time.Second), undone.PinSince)
}

func TestMemoryKeepsTheServicesOfOneVirtualServiceApart(t *testing.T) {
	m, start := newMemory(), time.Unix(1000, 0)
	at := func(second int, service string, weight int) strategy.Route {
		r := strategy.Route{Key: strategy.Key{Name: "all"}, Service: service}
		m.route(&r, traffic.View{Weight: weight}, start.Add(time.Duration(second)*time.Second))
		return r
	}
	at(0, "shop", 0)
	at(1, "shop", 10)
	at(2, "cart", 0)
	again := at(3, "shop", 10)
	assert.Equal(t, start.Add(time.Second), again.ShownSince, "another Service's weight is none of its own")
	assert.False(t, again.First)
}

func TestMemoryNoticesAHeaderAndAMirrorThatGo(t *testing.T) {
	m, start := newMemory(), time.Unix(1000, 0)
	at := func(second int, view traffic.View) strategy.Route {
		r := strategy.Route{Key: strategy.Key{Name: "shop"}}
		m.route(&r, view, start.Add(time.Duration(second)*time.Second))
		return r
	}
	full := traffic.View{HTTP: 1, Header: "x-canary=always", Mirror: 10}
	at(0, full)
	bare := at(4, traffic.View{HTTP: 1})
	assert.Equal(t, full, bare.Previous)
	assert.Equal(t, start.Add(4*time.Second), bare.ShownSince)
}
