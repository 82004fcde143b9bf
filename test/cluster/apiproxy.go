package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// WriteHook is called with the number, from 1, of a write that the API server has carried out, before its client learns of
// it. No other write of the proxy is under way meanwhile.
type WriteHook func(n int, req *http.Request, status int)

// roundTrip makes a transport of a function.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

var _ http.RoundTripper = roundTrip(nil)

// APIProxy stands between a client and the API server, and passes everything on as it comes, watches included. A test sees
// through it every write at the moment between its effect and its answer: to kill the writer just then, say.
type APIProxy struct {
	cluster  *Cluster
	url      string
	ca       []byte // PEM
	server   http.Server
	upstream http.RoundTripper

	writing sync.Mutex // held from a write's start to the end of its hook; guards what follows
	hook    WriteHook
	writes  int
}

// NewAPIProxy starts a proxy on an address of its own.
func NewAPIProxy(c *Cluster) (*APIProxy, error) {
	address, err := c.freeAddress()
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(c.apiURL)
	if err != nil {
		return nil, fmt.Errorf("API proxy: %w", err)
	}
	// No credentials: the client's own header passes through.
	upstream, err := rest.TransportFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: c.ca}})
	if err != nil {
		return nil, fmt.Errorf("API proxy: %w", err)
	}
	// By TLS, since clients give their credentials to nobody else.
	certificate, ca, err := newCertificate(c.network.Host())
	if err != nil {
		return nil, fmt.Errorf("API proxy: %w", err)
	}
	p := &APIProxy{cluster: c, url: "https://" + address, ca: ca, upstream: upstream}
	p.server = http.Server{
		Handler: &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
			Transport: roundTrip(p.pass),
			ErrorLog:  log.New(io.Discard, "", 0), // a client that is killed is what this proxy is for
		},
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("API proxy: %w", err)
	}
	// Serve returns when Close has closed the listener, and has nothing else to say.
	go func() { _ = p.server.ServeTLS(listener, "", "") }()
	return p, nil
}

// Close ends the proxy and all its connections.
func (p *APIProxy) Close() error {
	if err := p.server.Close(); err != nil {
		return fmt.Errorf("close API proxy: %w", err)
	}
	return nil
}

// OnWrite sets the hook for all further writes, nil for none, and counts anew from 1.
func (p *APIProxy) OnWrite(hook WriteHook) {
	p.writing.Lock()
	defer p.writing.Unlock()
	p.hook, p.writes = hook, 0
}

// Writes is the number of successful writes since the start or the last OnWrite.
func (p *APIProxy) Writes() int {
	p.writing.Lock()
	defer p.writing.Unlock()
	return p.writes
}

// Config is [Cluster.Config] by way of the proxy.
func (p *APIProxy) Config(user string) *rest.Config {
	config := p.cluster.Config(user)
	config.Host, config.TLSClientConfig = p.url, rest.TLSClientConfig{CAData: p.ca}
	return config
}

// Kubeconfig writes a file with which one of the cluster's users acts by way of the proxy, and returns its path.
func (p *APIProxy) Kubeconfig(user string) (string, error) {
	u, known := p.cluster.users[user]
	if !known {
		return "", fmt.Errorf("kubeconfig by way of the proxy: no user %q", user)
	}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(p.url, "https://"))
	if err != nil {
		return "", fmt.Errorf("kubeconfig by way of the proxy: %w", err)
	}
	path := strings.TrimSuffix(u.file, filepath.Ext(u.file)) + "-proxy-" + port + ".kubeconfig"
	return path, writeKubeconfig(path, p.url, p.ca, u)
}

// pass sends one request on to the API server.
func (p *APIProxy) pass(req *http.Request) (*http.Response, error) {
	if !isWrite(req) {
		return p.upstream.RoundTrip(req)
	}
	// With the whole request read, the server notices when the client goes: a write that waits here while the hook kills its
	// writer is dropped. (One that the kernel still holds may come through, as it may in any cluster.)
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	p.writing.Lock()
	defer p.writing.Unlock()
	if err := req.Context().Err(); err != nil {
		return nil, fmt.Errorf("client is gone: %w", err)
	}
	// From here on it happens or not, as it would without a proxy, but which of both must be known here.
	resp, err := p.upstream.RoundTrip(req.WithContext(context.WithoutCancel(req.Context())))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		p.writes++
		if p.hook != nil {
			p.hook(p.writes, req, resp.StatusCode)
		}
	}
	return resp, nil
}

// notWrites lists what changes nothing that a roll-out depends on.
func notWrites() []string {
	return []string{
		"/apis/coordination.k8s.io/", "/apis/events.k8s.io/", "/apis/authorization.k8s.io/", "/apis/authentication.k8s.io/",
	}
}

// isWrite says whether a request is to change something: leases, events, reviews and dry runs don't count.
func isWrite(req *http.Request) bool {
	if req.Method == http.MethodGet || req.Method == http.MethodHead || req.Method == http.MethodOptions {
		return false
	}
	for _, prefix := range notWrites() {
		if strings.HasPrefix(req.URL.Path, prefix) {
			return false
		}
	}
	// /api/v1/namespaces/<namespace>/events[/<name>]
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	event := len(parts) >= 5 && parts[0] == "api" && parts[4] == "events"
	return !event && !req.URL.Query().Has("dryRun")
}
