package e2e

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/mesh"
)

// users call the application, from inside the mesh and from outside, until they are sent home.
type users struct {
	*stage
	inside  *mesh.Load
	outside *outsiders
}

// load sends requests at a rate, per second, from inside the mesh and a fifth of it from outside.
func (s *stage) load(rate float64) *users {
	s.Helper()
	u := &users{stage: s, inside: data.Load(s.ctx, mesh.Target{Namespace: s.namespace, Host: s.app.Name}, rate), outside: s.visit(rate / 5)}
	s.Cleanup(u.home)
	return u
}

// home ends the load; it may be called again.
func (u *users) home() {
	u.inside.Stop()
	u.outside.stop()
}

// unharmed ends the load and asserts that no request failed but by the version's own fault.
func (u *users) unharmed() mesh.Snapshot {
	u.Helper()
	u.home()
	got := u.inside.Snapshot()
	assert.Positive(u, got.Served)
	assert.Zero(u, got.FailedByRollout, "from inside the mesh: %+v", got.Failures)
	assert.Zero(u, got.Skipped, "the load could not be sent")
	assert.NotEmpty(u, u.outside.got())
	for _, v := range u.outside.got() {
		if v.Outcome() == mesh.FailedByRollout {
			assert.Fail(u, "a request from outside the mesh failed", "%s: %+v", v.at, v.Response)
		}
	}
	return got
}

// spared asserts that nobody has met a version.
func (u *users) spared(version string) {
	u.Helper()
	assert.Zero(u, u.inside.Snapshot().Versions[version].Requests, "requests from inside the mesh that %s answered", version)
	assert.True(u, u.outside.first(version).IsZero(), "requests from outside the mesh that %s answered", version)
}

// outsiders call from outside the mesh, where VirtualServices mean nothing, one after the other.
type outsiders struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu     sync.Mutex // guards visits
	visits []visit
}

// visit is one answer and when it was there.
type visit struct {
	at time.Time
	mesh.Response
}

// visit calls the application at a rate, per second.
func (s *stage) visit(rate float64) *outsiders {
	ctx, cancel := context.WithCancel(s.ctx)
	o := &outsiders{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(o.done)
		ticker := time.NewTicker(time.Duration(float64(time.Second) / rate))
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			response, err := data.DirectDo(ctx, s.namespace, s.app.Name, "/", nil)
			if err != nil {
				return // it was sent home
			}
			o.mu.Lock()
			o.visits = append(o.visits, visit{time.Now(), response})
			o.mu.Unlock()
		}
	}()
	return o
}

func (o *outsiders) stop() {
	o.cancel()
	<-o.done
}

func (o *outsiders) got() []visit {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.visits)
}

// first is when a version first answered; zero: never.
func (o *outsiders) first(version string) time.Time {
	for _, v := range o.got() {
		if v.Version == version {
			return v.at
		}
	}
	return time.Time{}
}

// requests sends n requests from inside the mesh, one after the other, and returns the pods that answered, sorted.
func (s *stage) requests(n int) []string {
	s.Helper()
	var answered []string
	for range n {
		response, err := data.Do(s.ctx, s.namespace, s.app.Name, "/", nil)
		require.NoError(s, err)
		require.Equal(s, mesh.Served, response.Outcome(), "%+v", response)
		answered = append(answered, response.Pod)
	}
	slices.Sort(answered)
	return slices.Compact(answered)
}
