package web

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

const (
	// maxEvents is how many events of one Deployment are kept: more than a run of the default plan has.
	maxEvents = 60
	// maxPlots is how many Deployments have samples; of those whose run is over the one that ended first gives way to the next run.
	maxPlots = 200
)

// store keeps what is shown. Memory: plots take at most maxPlots · maxSamples · (48 + maxPlotted · 40) bytes, which is 36 MiB when 200
// Deployments have eight gates each, and 13 MiB with two; events at most maxEvents for each Deployment; all else is the caches' own
// (the record of a Deployment is not copied, and never changed: what was seen is replaced by what is seen next).
type store struct {
	change func(uint64) uint64

	mu      sync.RWMutex
	entries map[strategy.Key]*entry
	// revision is that of the fleet as a whole.
	revision uint64
}

// entry is one Deployment.
type entry struct {
	rollout watch.Rollout
	// changed is when this process first saw the phase and reason that it is in.
	changed  time.Time
	events   []event
	plot     *plot
	revision uint64
}

// event is one transition.
type event struct {
	At      time.Time
	Warning bool
	Reason  string
	Message string
}

func newStore(change func(uint64) uint64) store {
	return store{change: change, entries: map[strategy.Key]*entry{}}
}

// Seen takes over the newest state. It is cheap where nothing has changed.
func (s *Site) Seen(r watch.Rollout) {
	st := &s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	e, known := st.entries[r.Key]
	if !known {
		e = &entry{changed: r.At}
		st.entries[r.Key] = e
	}
	if known && (e.rollout.Status.Phase != r.Status.Phase || e.rollout.Status.Reason != r.Status.Reason) {
		e.changed = r.At
	}
	before := e.rollout
	before.At = r.At
	e.rollout = r
	drawn := st.sample(e)
	if !known || drawn || !reflect.DeepEqual(before, r) {
		st.touch(e)
	}
}

// Happened adds an event, and takes over the state that comes with it.
func (s *Site) Happened(t watch.Transition) {
	s.Seen(t.Rollout)
	st := &s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	e, ok := st.entries[t.Key]
	if !ok {
		return // gone in between
	}
	if len(e.events) >= maxEvents {
		e.events = slices.Delete(e.events, 0, len(e.events)-maxEvents+1)
	}
	e.events = append(e.events, event{At: t.At, Warning: t.Warning, Reason: string(t.Reason), Message: t.Message})
	st.touch(e)
}

// Gone forgets a Deployment.
func (s *Site) Gone(key strategy.Key) {
	st := &s.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if _, ok := st.entries[key]; ok {
		delete(st.entries, key)
		st.revision = st.change(1)
	}
}

// touch gives an entry, and with it the fleet, a new revision.
func (st *store) touch(e *entry) {
	e.revision = st.change(1)
	st.revision = e.revision
}

// sample adds to the plot of a run that goes on, and begins one with each run; it says whether there is anything new to draw. What is
// left of the last run stays until then.
func (st *store) sample(e *entry) bool {
	run := e.rollout.Run
	if run == nil || (run.Phase == strategy.RunAborted && e.plot == nil) {
		return false
	}
	if e.plot == nil || e.plot.run != run.ID {
		if e.plot == nil && !st.makeRoom() {
			return false
		}
		e.plot = newPlot(run)
	}
	return e.plot.add(&e.rollout)
}

// makeRoom says whether there is room for one more plot, and makes it if need be. Runs that go on are spared: if they took each other's
// place, none of them would have anything to show.
func (st *store) makeRoom() bool {
	plots := 0
	var oldest *entry
	for _, e := range st.entries {
		if e.plot == nil {
			continue
		}
		plots++
		if e.running() {
			continue
		}
		if oldest == nil || cmp.Or(e.plot.newest().Compare(oldest.plot.newest()), byName(e.rollout.Key, oldest.rollout.Key)) < 0 {
			oldest = e
		}
	}
	if plots < maxPlots {
		return true
	}
	if oldest == nil {
		return false
	}
	oldest.plot = nil
	st.touch(oldest)
	return true
}

// running says whether a run goes on: one that was aborted does not.
func (e *entry) running() bool {
	return e.rollout.Run != nil && e.rollout.Run.Phase != strategy.RunAborted
}

// each calls f with every entry, in the order of namespace and name, under the lock: f must not keep what can change.
func (st *store) each(f func(e *entry)) (revision uint64) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	for _, key := range slices.SortedFunc(maps.Keys(st.entries), byName) {
		f(st.entries[key])
	}
	return st.revision
}

// one calls f with one entry under the lock; false: there is none.
func (st *store) one(key strategy.Key, f func(e *entry)) bool {
	st.mu.RLock()
	defer st.mu.RUnlock()
	e, ok := st.entries[key]
	if ok {
		f(e)
	}
	return ok
}

func byName(a, b strategy.Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
