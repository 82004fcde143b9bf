package web

import (
	"fmt"
	"html/template"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sluice-dev/sluice/pkg/watch"
)

// Options are what a Site is made of.
type Options struct {
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Version is the controller's, shown at the foot of each page.
	Version string
	// Leader says whether this replica does the work. One that doesn't knows nothing, and says so. nil: it always does.
	Leader func() bool
	// Token is what a client must present, looked up for every request so that it can be changed; nil: none is needed. An error, or an
	// empty token, refuses everybody.
	Token func() (string, error)
}

// Site is the page. Its methods may be called by several goroutines at once.
type Site struct {
	o     Options
	pages *template.Template
	store store
	// start and changes make ETags: those of another process are no good here.
	start   int64
	changes atomic.Uint64
}

var _ watch.Watcher = (*Site)(nil)

// New returns a Site that has been told nothing yet. An error is one of the templates, which are compiled in.
func New(o Options) (*Site, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Leader == nil {
		o.Leader = func() bool { return true }
	}
	pages, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("the pages' templates: %w", err)
	}
	s := &Site{o: o, pages: pages, start: o.Now().UnixNano()}
	s.store = newStore(s.changes.Add)
	return s, nil
}

// Server is an http.Server for the Site, with time-outs for slow clients: what is served is small and takes no time to make.
func (s *Site) Server(address string) *http.Server {
	return &http.Server{
		Addr: address, Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
}
