package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

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
			o.Token = (&tokenFile{path: path, log: a.log, now: time.Now}).token
			if _, err := o.Token(); err != nil {
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

// tokenFile is the file of --web-token-file.
type tokenFile struct {
	path string
	log  *zap.Logger
	now  func() time.Time

	mu    sync.Mutex // guards quiet
	quiet time.Time  // until then nothing is said
}

// token is what the file holds now. What is wrong with it is logged once a minute: anybody may ask, and as often as they like.
func (f *tokenFile) token() (string, error) {
	text, err := readToken(f.path)
	if err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if now := f.now(); !now.Before(f.quiet) {
			f.quiet = now.Add(time.Minute)
			f.log.Error("nobody is let in to the web page", zap.Error(err))
		}
	}
	return text, err
}

// readToken reads a token. An empty file is an error: it would let everybody in.
func readToken(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--web-token-file: %w", err)
	}
	text := strings.TrimSpace(string(content))
	if text == "" {
		return "", fmt.Errorf("--web-token-file: %s is empty; want a token", path)
	}
	return text, nil
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
