package mesh

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsServer serves /metrics on a free port of the loopback interface.
type metricsServer struct {
	address string
	server  *http.Server
	done    chan struct{}
}

func serveMetrics(ctx context.Context, registry *prometheus.Registry) (*metricsServer, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w", err)
	}
	mux := http.NewServeMux()
	// Over loopback a compressed page only takes longer.
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true}))
	s := &metricsServer{
		address: listener.Addr().String(),
		server:  &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second},
		done:    make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener) // ends with ErrServerClosed by stop, or with a listener that only stop closes
	}()
	return s, nil
}

// stop cuts a scrape that is under way: nobody waits for it any more.
func (s *metricsServer) stop() {
	_ = s.server.Close()
	<-s.done
}
