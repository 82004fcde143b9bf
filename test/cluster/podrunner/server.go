package podrunner

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// server is the network side of one container run: a listener on each declared TCP port, all answered by one handler.
type server struct {
	http      http.Server
	listeners []net.Listener
}

// listen binds the ports of one address, all or none.
func listen(ip string, ports []int32) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, port := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(int(port))))
		if err != nil {
			for _, open := range listeners {
				err = errors.Join(err, open.Close())
			}
			return nil, fmt.Errorf("listen on container port %d: %w", port, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

// serve answers on all listeners until close.
func serve(listeners []net.Listener, handler http.Handler) *server {
	s := &server{listeners: listeners, http: http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // what is reported there, the pod's clients see as well
	}}
	for _, l := range listeners {
		// Serve returns when close has closed the listener, and has nothing else to say.
		go func() { _ = s.http.Serve(l) }()
	}
	return s
}

// close ends listeners and connections at once, requests in flight included: what a process that dies does.
func (s *server) close() {
	// Errors here are those of connections and listeners that are closed already.
	for _, l := range s.listeners {
		_ = l.Close() // the http.Server doesn't know a listener yet whose goroutine hasn't begun
	}
	_ = s.http.Close()
}

// tcpPorts are the distinct TCP ports that the pod's containers declare.
func tcpPorts(pod *corev1.Pod) []int32 {
	var ports []int32
	seen := map[int32]bool{}
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if (p.Protocol == "" || p.Protocol == corev1.ProtocolTCP) && !seen[p.ContainerPort] {
				seen[p.ContainerPort] = true
				ports = append(ports, p.ContainerPort)
			}
		}
	}
	return ports
}
