package controller

import (
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// memory holds the times that only this process can know: since when it has seen endpoints ready, since when a route has shown its
// weight. It starts empty: after a restart every wait begins anew, which is the safe side.
type memory struct {
	mu       sync.Mutex
	services map[strategy.Key]*seenService
	routes   map[routeID]*seenRoute
}

// routeID is a VirtualService and the Service that is looked for in it: one may lead to several.
type routeID struct {
	strategy.Key
	service string
}

func idOf(r *strategy.Route) routeID { return routeID{r.Key, r.Service} }

type seenService struct {
	// uid is that of the Service: one of the same name that was made anew is another, which the mesh has yet to learn of.
	uid     types.UID
	since   time.Time
	ready   map[string]strategy.Levels
	changed map[string]time.Time
	// pinned is the version that its selector names, before the one that it named before, since when that changed; zero: it hasn't.
	pinned, before string
	pinSince       time.Time
}

type seenRoute struct {
	view, previous traffic.View
	since          time.Time
	first          bool
}

func newMemory() *memory {
	return &memory{services: map[strategy.Key]*seenService{}, routes: map[routeID]*seenRoute{}}
}

// service notes the pin of a Service and its ready endpoints, by ReplicaSet, and fills in what is remembered of them.
func (m *memory) service(svc *strategy.Service, key strategy.Key, uid types.UID, counts map[string]int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := m.services[key]
	if seen == nil || seen.uid != uid {
		seen = &seenService{
			uid: uid, since: now, ready: map[string]strategy.Levels{}, changed: map[string]time.Time{}, pinned: traffic.PinnedTo(svc.Selector),
		}
		m.services[key] = seen
	}
	if pinned := traffic.PinnedTo(svc.Selector); pinned != seen.pinned {
		seen.before, seen.pinned, seen.pinSince = seen.pinned, pinned, now
	}
	for name := range seen.ready {
		if counts[name] == 0 {
			seen.note(name, 0, now)
		}
	}
	for name, count := range counts {
		seen.note(name, count, now)
	}
	svc.SeenSince, svc.Ready, svc.Changed = seen.since, maps.Clone(seen.ready), maps.Clone(seen.changed)
	svc.PinBefore, svc.PinSince = seen.before, seen.pinSince
}

func (s *seenService) note(name string, count int, now time.Time) {
	if levels, known := s.ready[name]; !known || levels.Count() != count {
		s.changed[name] = now
	}
	s.ready[name] = s.ready[name].Observe(count, now)
}

// route notes what a VirtualService shows and fills in what is remembered of it.
func (m *memory) route(r *strategy.Route, view traffic.View, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := m.routes[idOf(r)]
	switch {
	case seen == nil:
		seen = &seenRoute{view: view, previous: traffic.View{Weight: -1}, since: now, first: true}
		m.routes[idOf(r)] = seen
	case seen.view.Weight != view.Weight || seen.view.Header != view.Header || seen.view.Mirror != view.Mirror || seen.view.Known != view.Known:
		seen.previous, seen.view, seen.since, seen.first = seen.view, view, now, false
	}
	r.ShownSince, r.First, r.Previous = seen.since, seen.first, seen.previous
}

// forget drops what is remembered of a Service and the VirtualServices of a Deployment that is no longer Sluice's.
func (m *memory) forget(o *strategy.Observed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range o.Services {
		delete(m.services, strategy.Key{Namespace: o.Key.Namespace, Name: o.Services[i].Name})
	}
	for i := range o.Routes {
		delete(m.routes, idOf(&o.Routes[i]))
	}
}

// prune drops ReplicaSets that are no more from what is remembered of a Service.
func (m *memory) prune(key strategy.Key, alive []strategy.ReplicaSet) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := m.services[key]
	if seen == nil {
		return
	}
	for name, levels := range seen.ready {
		if levels.Count() == 0 && !slices.ContainsFunc(alive, func(rs strategy.ReplicaSet) bool { return rs.Name == name }) {
			delete(seen.ready, name)
			delete(seen.changed, name)
		}
	}
}
