package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// serve answers /startupz, /livez, /readyz and /metrics until ctx ends.
//
// Liveness says that the process answers, and depends on nothing else: a restart mends neither Prometheus nor the API server.
// Start-up and readiness wait for the caches.
func (a *app) serve(ctx context.Context, cancel context.CancelCauseFunc, group *sync.WaitGroup) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, true) })
	mux.HandleFunc("GET /startupz", func(w http.ResponseWriter, _ *http.Request) { answer(w, a.controller.Synced()) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { answer(w, a.controller.Synced()) })
	metrics, err := a.metricsHandler()
	if err != nil {
		return err
	}
	mux.Handle("GET /metrics", metrics)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.flags.listen)
	if err != nil {
		return fmt.Errorf("--listen-address: %w", err)
	}
	a.log.Info("serving health and metrics", zap.Stringer("address", listener.Addr()))
	group.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			cancel(fmt.Errorf("health endpoints: %w", err))
		}
	})
	group.Go(func() {
		<-ctx.Done()
		if err := server.Close(); err != nil {
			a.log.Warn("closing the health endpoints", zap.Error(err))
		}
	})
	return nil
}

func answer(w http.ResponseWriter, ok bool) {
	if !ok {
		http.Error(w, "the caches are not filled yet", http.StatusServiceUnavailable)
		return
	}
	if _, err := fmt.Fprintln(w, "ok"); err != nil {
		return // the client has gone; there is nobody to tell
	}
}

func isNotFound(err error) bool { return apierrors.IsNotFound(err) }
