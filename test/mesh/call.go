package mesh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"
)

// maxBody bounds what is kept and read of an answer, in bytes.
const maxBody = 1 << 20

// newTransport pools connections per endpoint, as Envoy does. A GET whose reused connection turns out to be dead is sent once more
// by Go itself, over a new connection to the same endpoint: a pod that has died refuses that one too, so the failure still shows.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second} // Istio's connectTimeout
	return &http.Transport{
		DialContext:         dialer.DialContext,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 256, // the default of 2 would open a connection for most requests of a load
		IdleConnTimeout:     time.Minute,
	}
}

// Do calls http://host/path as a client in the mesh, in the namespace. The error is for calls that were not made or not finished
// (an impossible path, ctx ended, the mesh stopped); whatever a user would have got is a Response.
func (m *Mesh) Do(ctx context.Context, namespace, host, path string, header http.Header) (Response, error) {
	r := Request{Namespace: namespace, Host: host, Path: path, Header: header}
	return m.call(ctx, r, m.Table().Route(r, m.dice.draw), true)
}

// DirectDo calls as a client outside the mesh, which kube-proxy serves: a ready endpoint of the Service, whatever VirtualServices
// say. A refused or lost connection is told as the 503 that a sidecar would answer, so that callers count alike.
func (m *Mesh) DirectDo(ctx context.Context, namespace, host, path string, header http.Header) (Response, error) {
	r := Request{Namespace: namespace, Host: host, Path: path, Header: header}
	return m.call(ctx, r, m.Table().RouteDirect(r, m.dice.draw), false)
}

func (m *Mesh) call(ctx context.Context, r Request, d Decision, inMesh bool) (Response, error) {
	for _, to := range d.Mirrors {
		m.mirror(r, to)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(m.ctx, func() { cancel(errStopped) })() //nolint:contextcheck // a call ends with either
	start := time.Now()
	response := Response{Service: d.Host, Status: d.Status, Flag: d.Flag, Reason: d.Reason}
	if d.Status == 0 {
		var err error
		if response, err = m.send(ctx, r, d); err != nil {
			return Response{}, err
		}
	}
	response.Latency = time.Since(start)
	m.exporter.observe(exchange{request: r, decision: d, response: response, inMesh: inMesh, at: time.Now()})
	return response, nil
}

// send asks the chosen endpoint.
func (m *Mesh) send(ctx context.Context, r Request, d Decision) (Response, error) {
	caller := ctx
	if d.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.Timeout)
		defer cancel()
	}
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	address := net.JoinHostPort(dialAddress(d.Endpoint.Address), strconv.Itoa(int(d.Endpoint.Port)))
	request, err := http.NewRequestWithContext(ctx, r.method(), "http://"+address+r.Path, http.NoBody)
	if err != nil {
		return Response{}, fmt.Errorf("call %s%s: %w", r.Host, r.Path, err)
	}
	request.Host = r.Host
	for name, values := range r.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}

	response := Response{Service: d.Host, Pod: d.Endpoint.Pod.Name}
	answer, err := m.transport.RoundTrip(request)
	if err == nil {
		defer func() { _ = answer.Body.Close() }() // it was read to its end or is of no use
		response.Body, err = io.ReadAll(io.LimitReader(answer.Body, maxBody))
	}
	if caller.Err() != nil {
		return Response{}, fmt.Errorf("call %s%s: %w", r.Host, r.Path, context.Cause(caller))
	}
	if err != nil {
		response.Status, response.Flag = classify(err)
		response.Reason = fmt.Sprintf("pod %s: %v", d.Endpoint.Pod.Name, err)
		response.reached = connected.Load()
		return response, nil
	}
	response.Status, response.Header, response.reached = answer.StatusCode, answer.Header, true
	response.Version, response.Injected = answer.Header.Get("X-Version"), answer.Header.Get("X-Injected") == "true"
	if response.Status >= http.StatusInternalServerError {
		response.Reason = fmt.Sprintf("pod %s answered %s", d.Endpoint.Pod.Name, answer.Status)
	}
	return response, nil
}

// classify tells what Envoy would have answered.
func classify(err error) (int, Flag) {
	var dial *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout, FlagUpstreamTimeout
	case errors.As(err, &dial) && dial.Op == "dial":
		return http.StatusServiceUnavailable, FlagConnectFailure
	default:
		return http.StatusServiceUnavailable, FlagConnectionLost
	}
}
