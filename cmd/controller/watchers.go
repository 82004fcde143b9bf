package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"

	"go.uber.org/zap"

	"github.com/sluice-dev/sluice/pkg/metrics"
	"github.com/sluice-dev/sluice/pkg/notify"
	"github.com/sluice-dev/sluice/pkg/watch"
	"github.com/sluice-dev/sluice/pkg/web"
)

// watchers are those that the flags ask for: the web page, the webhook.
func (a *app) watchers() ([]watch.Watcher, error) {
	var all []watch.Watcher
	if a.flags.web != "" {
		o := web.Options{Version: version, Leader: func() bool { return a.controller.Leads() }}
		if path := a.flags.webToken; path != "" {
			var err error
			if o.Token, err = a.token("--web-token-file", path, "the web page"); err != nil {
				return nil, err
			}
		}
		site, err := web.New(o)
		if err != nil {
			return nil, err
		}
		a.site, all = site, append(all, site)
	}
	if o := a.flags.webhook; o.Enabled() {
		o.Version, o.Log, o.Metrics = version, a.log.Named("webhook"), metrics.NewWebhook(a.registry)
		notifier, err := notify.New(o)
		if err != nil {
			return nil, err
		}
		a.notifier, all = notifier, append(all, notifier)
	}
	return all, nil
}

// serveSite serves the web page until ctx ends, where it is asked for.
func (a *app) serveSite(ctx context.Context, cancel context.CancelCauseFunc, group *sync.WaitGroup) error {
	if a.site == nil {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.flags.web)
	if err != nil {
		return fmt.Errorf("--web-address: %w", err)
	}
	a.log.Info("serving the web page", zap.Stringer("address", listener.Addr()), zap.Bool("token", a.flags.webToken != ""))
	server := a.site.Server(a.flags.web)
	group.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			cancel(fmt.Errorf("web page: %w", err))
		}
	})
	group.Go(func() {
		<-ctx.Done()
		if err := server.Close(); err != nil {
			a.log.Warn("closing the web page", zap.Error(err))
		}
	})
	return nil
}
