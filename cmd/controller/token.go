package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/sluice-dev/sluice/pkg/web"
)

// metricsHandler answers /metrics, to whoever has the token if there is one.
func (a *app) metricsHandler() (http.Handler, error) {
	handler := promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{Registry: a.registry})
	if a.flags.metricsToken == "" {
		return handler, nil
	}
	token, err := a.token("--metrics-token-file", a.flags.metricsToken, "/metrics")
	if err != nil {
		return nil, err
	}
	return web.WithToken(token, handler), nil
}

// token reads the file of a flag, now and whenever it is called. It is an error if there is no token in it now.
func (a *app) token(flag, path, guards string) (func() (string, error), error) {
	f := &tokenFile{flag: flag, path: path, guards: guards, log: a.log, now: time.Now}
	if _, err := f.read(); err != nil {
		return nil, err
	}
	return f.token, nil
}

// tokenFile is a file with a token that guards something.
type tokenFile struct {
	flag, path, guards string
	log                *zap.Logger
	now                func() time.Time

	mu    sync.Mutex // guards quiet
	quiet time.Time  // until then nothing is said
}

// token is what the file holds now. What is wrong with it is logged once a minute: anybody may ask, and as often as they like.
func (f *tokenFile) token() (string, error) {
	text, err := f.read()
	if err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if now := f.now(); !now.Before(f.quiet) {
			f.quiet = now.Add(time.Minute)
			f.log.Error("nobody is let in to "+f.guards, zap.Error(err))
		}
	}
	return text, err
}

// read reads the token. An empty file is an error: it would let everybody in.
func (f *tokenFile) read() (string, error) {
	content, err := os.ReadFile(f.path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", f.flag, err)
	}
	text := strings.TrimSpace(string(content))
	if text == "" {
		return "", fmt.Errorf("%s: %s is empty; want a token", f.flag, f.path)
	}
	return text, nil
}
