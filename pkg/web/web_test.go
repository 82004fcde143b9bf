package web_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/web"
	"github.com/sluice-dev/sluice/pkg/web/webtest"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before you believe it")

func start() time.Time { return time.Date(2026, 11, 20, 9, 12, 0, 0, time.UTC) }

// fixture is a Site whose clock stands still.
func fixture(t *testing.T, change func(o *web.Options)) *web.Site {
	t.Helper()
	o := web.Options{Version: "v1.2.3", Now: func() time.Time { return start().Add(3 * time.Minute) }}
	if change != nil {
		change(&o)
	}
	s, err := web.New(o)
	require.NoError(t, err)
	return s
}

// told is a fixture that has been told two stories and of other Deployments.
func told(t *testing.T) *web.Site {
	t.Helper()
	s := fixture(t, nil)
	webtest.Play(s, webtest.Promoted().Frames(start())[:30])
	webtest.Play(s, webtest.Aborted().Frames(start()))
	for _, r := range webtest.Others(start()) {
		s.Seen(r)
	}
	return s
}

func get(s *web.Site, path string, headers ...string) *httptest.ResponseRecorder {
	return ask(s, http.MethodGet, path, headers...)
}

func ask(s *web.Site, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, http.NoBody)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	s := told(t)
	for says, c := range map[string]struct {
		path   string
		status int
		has    []string
		not    []string
	}{
		"the fleet": {"/", 200, []string{
			`<a href="./rollouts/shop/checkout">`, "Aborted", "GateFailed", "10 %", "InvalidAnnotation", "weights must rise", "<b>3</b> waiting for somebody",
			`<rect class="full" width="25"`,
		}, nil},
		"the fleet, filtered":          {"/?q=shop+held", 200, []string{"shop/</span>payment"}, []string{"shop/</span>cart", "media/</span>player"}},
		"the fleet, all filtered":      {"/?q=nosuch", 200, []string{"Nothing fits the filter", "None of the 9"}, nil},
		"a run":                        {"/rollouts/shop/checkout", 200, []string{"Analysis of run 7", "Error rate", "slower than 500ms", "5 %", "kubectl sluice -n shop abort checkout", "WeightChanged", `data-plot="evidence"`}, nil},
		"an aborted run":               {"/rollouts/shop/cart", 200, []string{"kubectl sluice -n shop retry cart", "enough evidence against the canary", "674 ≥ 400", "GateFailed"}, []string{"sluice -n shop abort"}},
		"one that waits":               {"/rollouts/shop/payment", 200, []string{"kubectl sluice -n shop approve payment"}, nil},
		"one at rest":                  {"/rollouts/shop/search", 200, []string{"Past runs", "No samples of this run"}, []string{"sluice -n shop promote", "Evidence to abort"}},
		"one that is not there":        {"/rollouts/shop/nosuch", 404, []string{"shop/nosuch is not known here"}, nil},
		"no page":                      {"/a/b/c", 404, []string{"There is no such page", `href="../../static/style.css"`}, nil},
		"a style":                      {"/static/style.css", 200, []string{"prefers-color-scheme"}, nil},
		"a file that is not served":    {"/static/rollout.html", 404, nil, []string{"define"}},
		"no way out of the folder":     {"/static/..%2fhandler.go", 404, nil, []string{"package"}},
		"JSON of one that isn't there": {"/api/rollouts/shop/nosuch", 404, []string{`"error":"shop/nosuch is not a managed Deployment`}, nil},
	} {
		t.Run(says, func(t *testing.T) {
			w := get(s, c.path)
			assert.Equal(t, c.status, w.Code)
			for _, text := range c.has {
				assert.Contains(t, w.Body.String(), text)
			}
			for _, text := range c.not {
				assert.NotContains(t, w.Body.String(), text)
			}
		})
	}
}

func TestTheFleetIsSortedByWhatNeedsSomebody(t *testing.T) {
	var fleet web.Fleet
	require.NoError(t, json.Unmarshal(get(told(t), "/api/rollouts").Body.Bytes(), &fleet))
	var names []string
	for _, r := range fleet.Rollouts {
		names = append(names, string(r.Attention)+" "+r.Namespace+"/"+r.Name)
	}
	assert.Equal(t, []string{
		"act media/encoder", "act shop/cart", "act shop/payment", "look media/player", "run identity/login", "run shop/checkout",
		"rest media/thumbnails", "rest shop/recommendations", "rest shop/search",
	}, names)
}

func TestTheJSONIsWhatIsDocumented(t *testing.T) {
	s := told(t)
	for name, path := range map[string]string{"fleet": "/api/rollouts", "aborted": "/api/rollouts/shop/cart", "rest": "/api/rollouts/shop/search"} {
		t.Run(name, func(t *testing.T) {
			w := get(s, path)
			require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
			var v any
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v))
			text, err := json.MarshalIndent(v, "", " ")
			require.NoError(t, err)
			file := filepath.Join("testdata", name+".json")
			if *update {
				require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(text)+"\n")
		})
	}
}

func TestEmptyAndIdle(t *testing.T) {
	empty := fixture(t, nil)
	assert.Contains(t, get(empty, "/").Body.String(), "No managed Deployment has been looked at yet")
	assert.Contains(t, get(empty, "/api/rollouts").Body.String(), `"rollouts":[]`)

	leads := true
	idle := fixture(t, func(o *web.Options) { o.Leader = func() bool { return leads } })
	webtest.Play(idle, webtest.Aborted().Frames(start()))
	leads = false
	for _, path := range []string{"/", "/rollouts/shop/cart", "/api/rollouts", "/api/rollouts/shop/cart"} {
		w := get(idle, path)
		assert.Equal(t, http.StatusServiceUnavailable, w.Code, path)
		assert.Contains(t, w.Body.String(), "does not lead", path)
		assert.NotContains(t, w.Body.String(), "GateFailed", "what a former leader remembers is old: %s", path)
	}
}

func TestOnlyReading(t *testing.T) {
	s := told(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, "BREW"} {
		w := ask(s, method, "/api/rollouts")
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		assert.Equal(t, "GET, HEAD", w.Header().Get("Allow"), method)
	}
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	r, err := http.Head(server.URL + "/")
	require.NoError(t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, r.StatusCode)
	assert.Empty(t, body)
}

func TestHeaders(t *testing.T) {
	s := fixture(t, func(o *web.Options) { o.Token = func() (string, error) { return "secret", nil } })
	for _, path := range []string{"/", "/api/rollouts", "/static/live.js", "/nosuch"} {
		for _, authorization := range []string{"", "Bearer secret"} {
			h := get(s, path, "Authorization", authorization).Header()
			policy := h.Get("Content-Security-Policy")
			assert.Contains(t, policy, "default-src 'none'", path)
			assert.Contains(t, policy, "frame-ancestors 'none'", path)
			assert.NotContains(t, policy, "unsafe", path)
			assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
			assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
			assert.Equal(t, "no-store", h.Get("Cache-Control"), path)
			assert.Empty(t, h.Get("Access-Control-Allow-Origin"), path)
		}
	}
}

func TestToken(t *testing.T) {
	basic := func(user, password string) string {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for says, c := range map[string]struct {
		token         string
		failing       error
		authorization string
		want          int
	}{
		"a bearer":                         {"s3cret", nil, "Bearer s3cret", 200},
		"a bearer in small letters":        {"s3cret", nil, "bearer s3cret", 200},
		"the password of any user":         {"s3cret", nil, basic("me", "s3cret"), 200},
		"the password of no user":          {"s3cret", nil, basic("", "s3cret"), 200},
		"nothing":                          {"s3cret", nil, "", 401},
		"another bearer":                   {"s3cret", nil, "Bearer s3cre", 401},
		"another password":                 {"s3cret", nil, basic("me", "S3cret"), 401},
		"the token as the user":            {"s3cret", nil, basic("s3cret", ""), 401},
		"another scheme":                   {"s3cret", nil, "Digest s3cret", 401},
		"no token to compare with":         {"", nil, "Bearer ", 503},
		"no token, and none presented":     {"", nil, "", 503},
		"a token that can't be read":       {"", errors.New("no such file /secret/place"), "Bearer s3cret", 503},
		"a token that can't be read whole": {"s3c", errors.New("cut off"), "Bearer s3c", 503},
	} {
		t.Run(says, func(t *testing.T) {
			s := fixture(t, func(o *web.Options) { o.Token = func() (string, error) { return c.token, c.failing } })
			for _, path := range []string{"/", "/api/rollouts", "/static/style.css"} {
				w := get(s, path, "Authorization", c.authorization)
				assert.Equal(t, c.want, w.Code, path)
				assert.NotContains(t, w.Body.String(), "/secret/place")
				assert.Equal(t, c.want == 401, w.Header().Get("WWW-Authenticate") != "", path)
			}
		})
	}
}

func TestNothingIsSentTwice(t *testing.T) {
	s := fixture(t, nil)
	frames := webtest.Promoted().Frames(start())
	webtest.Play(s, frames[:20])
	for _, path := range []string{"/", "/?q=shop", "/rollouts/shop/checkout", "/api/rollouts", "/api/rollouts/shop/checkout"} {
		tag := get(s, path).Header().Get("ETag")
		require.NotEmpty(t, tag, path)
		again := get(s, path, "If-None-Match", tag)
		assert.Equal(t, http.StatusNotModified, again.Code, path)
		assert.Empty(t, again.Body.String(), path)
		assert.Equal(t, http.StatusOK, get(s, path, "If-None-Match", `W/"1-1-1"`).Code, path)
	}
	tag := get(s, "/rollouts/shop/checkout").Header().Get("ETag")
	assert.NotEqual(t, tag, get(s, "/api/rollouts/shop/checkout").Header().Get("ETag"), "a page is not its JSON")
	frames[20].Tell(s)
	assert.Equal(t, http.StatusOK, get(s, "/rollouts/shop/checkout", "If-None-Match", tag).Code)
	s.Gone(frames[0].Rollout.Key)
	assert.Equal(t, http.StatusNotFound, get(s, "/rollouts/shop/checkout", "If-None-Match", tag).Code)
	assert.Contains(t, get(s, "/api/rollouts").Body.String(), `"rollouts":[]`)
}

func TestHostileText(t *testing.T) {
	s := fixture(t, nil)
	story := webtest.Hostile()
	webtest.Play(s, story.Frames(start()))
	page := get(s, "/rollouts/shop/a%3Cb%20onclick=x%3E")
	require.Equal(t, http.StatusOK, page.Code)
	for _, w := range []*httptest.ResponseRecorder{get(s, "/"), page, get(s, "/api/rollouts"), get(s, "/api/rollouts/shop/a%3Cb%20onclick=x%3E")} {
		body := w.Body.String()
		require.Contains(t, body, "pwned", "it is shown, as text")
		assert.NotContains(t, body, "<script>window")
		assert.NotContains(t, body, "<img src=x")
		assert.NotContains(t, body, "<svg onload")
		assert.NotContains(t, body, "<b onclick")
	}
	// Scripts are those of the page: one by address, and the data, which no browser runs.
	scripts := regexp.MustCompile(`<script[^>]*>`).FindAllString(page.Body.String(), -1)
	assert.Equal(t, []string{
		`<script type="module" src="../../static/live.js">`, `<script type="application/json" id="data">`,
	}, scripts)
	assert.Equal(t, 2, strings.Count(page.Body.String(), "</script>"))
	assert.NotContains(t, page.Body.String(), "kubectl sluice", "nothing is offered to a shell for a name that Kubernetes would refuse")
	filtered := get(s, "/?q="+`%22%3E%3Cscript%3Ealert(1)%3C/script%3E`).Body.String()
	assert.NotContains(t, filtered, "<script>alert")
}

func TestEveryStateCanBeRendered(t *testing.T) {
	for _, phase := range strategy.Phases() {
		s := fixture(t, nil)
		for _, r := range webtest.Others(start()) {
			r.Status.Phase = phase
			s.Seen(r)
			assert.Equal(t, http.StatusOK, get(s, "/rollouts/"+r.String()).Code, phase)
		}
		assert.Equal(t, http.StatusOK, get(s, "/").Code, phase)
	}
}

// Assets refer to nothing outside: a page that needs the Internet doesn't work where there is none.
func TestAssetsAreSelfContained(t *testing.T) {
	files, err := filepath.Glob("assets/*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		found := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9-]+\.[a-z]{2,}[^\s"']*`).FindAllString(string(text), -1)
		for _, address := range found {
			assert.Equal(t, "http://www.w3.org/2000/svg", address, "%s: a name, not an address", f)
		}
	}
}
