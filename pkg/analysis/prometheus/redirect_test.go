package prometheus

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestARedirectCarriesTheTokenToNobodyElse(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 20, 1000, 10)))
	strangers := 0
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers++ }))
	t.Cleanup(stranger.Close)
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("secret"), 0o600))
	s := source(t, f, func(o *Options) { o.BearerTokenFile = token })
	to := func(location string) {
		f.set(func(w http.ResponseWriter, _ string) bool {
			f.set(nil)
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusTemporaryRedirect)
			return true
		})
	}
	to(stranger.URL + "/api/v1/query_range")
	ev := collect(t, s, second(110), subject())[0]
	require.NotNil(t, ev.Errors.Problem)
	assert.Contains(t, ev.Errors.Problem.Detail, "redirects to "+stranger.URL)
	assert.NotContains(t, ev.Errors.Problem.Detail, "secret")
	assert.Zero(t, strangers, "requests to another host")

	to("/api/v1/query_range")
	ev = collect(t, s, second(140), subject())[0]
	assert.Nil(t, ev.Errors.Problem, "the same host may answer elsewhere")
}
