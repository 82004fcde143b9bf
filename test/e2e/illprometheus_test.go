package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fault is what is wrong with a Prometheus.
type fault int

const (
	healthy  fault = iota
	down           // refuses connections
	slow           // takes questions and never answers
	stranger       // is another program, which greets everybody kindly
	broken         // answers with status 500
	nonsense       // answers that every value is NaN
	empty          // answers that there is nothing
)

// illPrometheus stands between one controller and Prometheus, with one of the faults.
type illPrometheus struct {
	*testing.T
	address string
	proxy   *httputil.ReverseProxy

	mu     sync.Mutex // guards what follows
	fault  fault
	server *http.Server // nil while it refuses connections
	ended  chan struct{}
}

// newIllPrometheus begins with a fault.
func newIllPrometheus(t *testing.T, begin fault) *illPrometheus {
	t.Helper()
	address, err := plane.FreeAddress()
	require.NoError(t, err)
	target, err := url.Parse(plane.PrometheusURL())
	require.NoError(t, err)
	p := &illPrometheus{T: t, address: address, fault: down}
	p.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: p.spoil,
	}
	p.become(begin)
	t.Cleanup(func() { p.become(down) })
	return p
}

func (p *illPrometheus) url() string { return "http://" + p.address }

// become changes the fault; what is being asked at the moment is cut off.
func (p *illPrometheus) become(next fault) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = next
	if p.server != nil {
		require.NoError(p, p.server.Close())
		<-p.ended
		p.server = nil
	}
	if next == down {
		return
	}
	listener, err := net.Listen("tcp", p.address)
	require.NoError(p, err)
	server, ended := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}, make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with Close
	}()
	p.server, p.ended = server, ended
}

func (p *illPrometheus) now() fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

// ServeHTTP is the server.
func (p *illPrometheus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch p.now() {
	case slow:
		<-r.Context().Done()
	case stranger:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>Welcome to nginx!</html>")
	case broken:
		http.Error(w, "out of memory", http.StatusInternalServerError)
	case healthy, nonsense, empty, down:
		p.proxy.ServeHTTP(w, r)
	}
}

// spoil changes an answer of the real Prometheus.
func (p *illPrometheus) spoil(r *http.Response) error {
	is := p.now()
	if is != nonsense && is != empty {
		return nil
	}
	var answer struct {
		Status string `json:"status"`
		Data   struct {
			ResultType string           `json:"resultType"`
			Result     []map[string]any `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		return fmt.Errorf("answer of prometheus: %w", err)
	}
	if is == empty {
		answer.Data.Result = []map[string]any{}
	}
	for _, series := range answer.Data.Result {
		if sample, ok := series["value"].([]any); ok {
			sample[1] = "NaN"
		}
		samples, _ := series["values"].([]any) // of a matrix
		for _, sample := range samples {
			sample.([]any)[1] = "NaN"
		}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("answer of prometheus: %w", err)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	r.Header.Set("Content-Length", fmt.Sprint(len(text)))
	return nil
}

// blindly waits until users have met the canary so often while nobody looked.
func (u *users) blindly(version string, requests int64) {
	u.Helper()
	ticker := time.NewTicker(50 * time.Millisecond) // a load offers nothing to wait on
	defer ticker.Stop()
	for u.inside.Snapshot().Versions[version].Requests < requests {
		select {
		case <-ticker.C:
		case <-u.ctx.Done():
			require.FailNow(u, "too few requests", "%+v", u.inside.Snapshot())
		}
	}
}
