package install

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// receiver is the webhook's, which keeps what it is told.
type receiver struct {
	url string

	mu      sync.Mutex // guards what follows
	heard   []notification
	changed chan struct{} // closed and replaced by each notification
}

// notification is what is looked at of one.
type notification struct {
	Reason    spec.Reason
	Namespace string
	signature string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{changed: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		var n notification
		if err := json.NewDecoder(request.Body).Decode(&n); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		n.signature = request.Header.Get("Sluice-Signature")
		r.mu.Lock()
		defer r.mu.Unlock()
		r.heard = append(r.heard, n)
		close(r.changed)
		r.changed = make(chan struct{})
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// heardOf waits until it has been told, with a signature, of a reason at a shop.
func (r *receiver) heardOf(t *testing.T, s *shop, reason spec.Reason) {
	t.Helper()
	for {
		r.mu.Lock()
		changed := r.changed
		known := slices.ContainsFunc(r.heard, func(n notification) bool {
			return n.Reason == reason && n.Namespace == s.app.Namespace && n.signature != ""
		})
		r.mu.Unlock()
		if known {
			return
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			require.Fail(t, "the webhook was never told", "%s of %s", reason, s.app.Namespace)
		}
	}
}
