package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

//go:embed assets
var assets embed.FS

// Handler serves the pages:
//
//	/                              the fleet; ?q= keeps the lines that have all of the words
//	/rollouts/NAMESPACE/NAME       one Deployment
//	/api/rollouts                  Fleet, as JSON
//	/api/rollouts/NAMESPACE/NAME   Detail, as JSON
//	/static/…                      style, scripts, icon
//
// Links are relative, so that it works behind `kubectl proxy` and under a path of a reverse proxy.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", s.fleetPage)
	mux.HandleFunc("/rollouts/{namespace}/{name}", s.detailPage)
	mux.HandleFunc("/api/rollouts", s.fleetJSON)
	mux.HandleFunc("/api/rollouts/{namespace}/{name}", s.detailJSON)
	mux.HandleFunc("/static/{file}", static)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.message(w, http.StatusNotFound, rootOf(r.URL.Path), "There is no such page", "The address may be mistyped.")
	})
	return guard(s.o.Token, mux)
}

func (s *Site) fleetPage(w http.ResponseWriter, r *http.Request) {
	f, revision := s.fleet()
	if !f.Leader {
		s.idle(w, ".")
		return
	}
	query := r.URL.Query().Get("q")
	if s.unchanged(w, r, revision, query) {
		return
	}
	total := len(f.Rollouts)
	f.Rollouts = filter(f.Rollouts, query)
	s.render(w, http.StatusOK, "fleet", page{
		About: f.About, Root: ".", Kind: "fleet", Title: "Fleet", Tag: w.Header().Get("ETag"), Query: query, Total: total, Fleet: &f,
	})
}

func (s *Site) detailPage(w http.ResponseWriter, r *http.Request) {
	key := strategy.Key{Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}
	d, revision, ok := s.detail(key)
	switch {
	case !d.Leader:
		s.idle(w, "../..")
	case !ok:
		s.message(w, http.StatusNotFound, "../..", key.String()+" is not known here",
			"There is no such Deployment, it has no annotation sluice.dev/strategy, or the controller has not looked at it yet.")
	case !s.unchanged(w, r, revision, key.String()):
		s.render(w, http.StatusOK, "rollout", page{
			About: d.About, Root: "../..", Kind: "rollout", Title: key.String(), Tag: w.Header().Get("ETag"), Detail: &d,
		})
	}
}

func (s *Site) fleetJSON(w http.ResponseWriter, r *http.Request) {
	f, revision := s.fleet()
	if !f.Leader {
		answer(w, http.StatusServiceUnavailable, problem{About: f.About, Error: "this replica does not lead, and knows nothing; ask another"})
		return
	}
	if !s.unchanged(w, r, revision, "json") {
		answer(w, http.StatusOK, f)
	}
}

func (s *Site) detailJSON(w http.ResponseWriter, r *http.Request) {
	key := strategy.Key{Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}
	d, revision, ok := s.detail(key)
	switch {
	case !d.Leader:
		answer(w, http.StatusServiceUnavailable, problem{About: d.About, Error: "this replica does not lead, and knows nothing; ask another"})
	case !ok:
		answer(w, http.StatusNotFound, problem{About: d.About, Error: key.String() + " is not a managed Deployment, or was not looked at yet"})
	case !s.unchanged(w, r, revision, "json "+key.String()):
		answer(w, http.StatusOK, d)
	}
}

// problem is the JSON of whatever can't be answered.
type problem struct {
	About
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, what any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b) // escapes <, > and &, so that no browser can take it for a page
	if err := e.Encode(what); err != nil {
		http.Error(w, "this can't be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// unchanged sets the ETag of an answer and says whether the client has it already, which it was then told. What changes by the clock
// alone the page counts by itself.
func (s *Site) unchanged(w http.ResponseWriter, r *http.Request, revision uint64, what string) bool {
	h := fnv.New64a()
	_, _ = h.Write([]byte(what))
	tag := fmt.Sprintf(`W/"%x-%x-%x"`, s.start, revision, h.Sum64())
	w.Header().Set("ETag", tag)
	for have := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimSpace(have) == tag {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// static serves what is compiled in; there are no folders, and no listing.
func static(w http.ResponseWriter, r *http.Request) {
	types := map[string]string{
		"style.css": "text/css; charset=utf-8", "live.js": "text/javascript; charset=utf-8", "plot.js": "text/javascript; charset=utf-8",
		"scale.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	}
	name := r.PathValue("file")
	kind, ok := types[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	content, err := assets.ReadFile("assets/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(content) //nolint:gosec // it is compiled in, and chosen by a list
}

// rootOf leads from a path to the fleet.
func rootOf(path string) string {
	if n := strings.Count(path, "/") - 1; n > 0 {
		return strings.TrimSuffix(strings.Repeat("../", n), "/")
	}
	return "."
}

// filter keeps the roll-outs that have every word of a query somewhere in what the table shows of them.
func filter(list []Rollout, query string) []Rollout {
	words := strings.Fields(strings.ToLower(query))
	kept := []Rollout{}
	for _, r := range list {
		text := strings.ToLower(strings.Join([]string{
			r.Namespace + "/" + r.Name, string(r.Phase), phaseWords(r.Phase), string(r.Reason), string(r.Strategy),
		}, " "))
		all := true
		for _, word := range words {
			all = all && strings.Contains(text, word)
		}
		if all {
			kept = append(kept, r)
		}
	}
	return kept
}
