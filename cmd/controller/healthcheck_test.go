package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/livez":
			w.WriteHeader(http.StatusOK)
		case "/hangs":
			<-hang
		default:
			http.Error(w, "the caches are not filled yet", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(hang) })
	for sentence, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"one that is well":        {[]string{"--url=" + server.URL + "/livez"}, 0, ""},
		"one that is not ready":   {[]string{"--url=" + server.URL + "/readyz"}, 1, "503 Service Unavailable: the caches are not filled yet"},
		"one that hangs":          {[]string{"--url=" + server.URL + "/hangs", "--timeout=50ms"}, 1, "no answer within --timeout=50ms"},
		"one that isn't there":    {[]string{"--url=http://127.0.0.1:1/livez"}, 1, "127.0.0.1:1"},
		"an address that is none": {[]string{"--url=:"}, 1, "--url"},
		"a word without a flag":   {[]string{"now"}, 2, `unexpected argument "now"`},
		"a flag that isn't there": {[]string{"--port=1"}, 2, "flag provided but not defined"},
		"a question for help":     {[]string{"--help"}, 0, "Usage: controller healthcheck"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			assert.Equal(t, c.status, healthcheck(t.Context(), c.args, &stderr))
			assert.Contains(t, stderr.String(), c.says)
		})
	}
}
