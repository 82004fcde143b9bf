package browser

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/web"
	"github.com/sluice-dev/sluice/pkg/web/webtest"
)

// epoch is when the stories begin.
func epoch() time.Time { return time.Date(2026, 11, 20, 9, 12, 0, 0, time.UTC) }

// stage is a served Site with a clock of its own.
type stage struct {
	site   *web.Site
	url    string
	close  func()
	mu     sync.Mutex
	now    time.Time
	leader bool
}

func (s *stage) set(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

func (s *stage) lead(leads bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leader = leads
}

// serve begins with an empty fleet.
func serve(t *testing.T, token string) *stage {
	t.Helper()
	s := &stage{now: epoch(), leader: true}
	o := web.Options{
		Version: "v0.5.0",
		Now: func() time.Time {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.now
		},
		Leader: func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.leader
		},
	}
	if token != "" {
		o.Token = func() (string, error) { return token, nil }
	}
	site, err := web.New(o)
	require.NoError(t, err)
	s.site = site
	server := httptest.NewServer(site.Handler())
	t.Cleanup(server.Close)
	s.url, s.close = server.URL, server.Close
	return s
}

// tell plays frames and sets the clock to the last.
func (s *stage) tell(frames []webtest.Frame) {
	webtest.Play(s.site, frames)
	s.set(frames[len(frames)-1].Rollout.At)
}

// fleet shows all states: a canary at 50 % that is to be promoted, one that was aborted, and others.
func (s *stage) fleet() {
	promoted, aborted := webtest.Promoted().Frames(epoch()), webtest.Aborted().Frames(epoch().Add(time.Minute))
	until := at50(promoted) + 9
	s.tell(aborted[:min(len(aborted), until)])
	s.tell(promoted[:until])
	for _, r := range webtest.Others(promoted[until-1].Rollout.At) {
		s.site.Seen(r)
	}
}

// at50 is the first frame of the step of 50 %.
func at50(frames []webtest.Frame) int {
	for i := range frames {
		if frames[i].Rollout.Status.Weight == 50 {
			return i
		}
	}
	return len(frames)
}
