package prometheus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a Prometheus that knows the queries of this package and holds what a test has put in. It answers a question that it
// does not understand with the error that Prometheus gives for one.
type fake struct {
	*httptest.Server

	mu     sync.Mutex
	series []stored
	// queries are those that were asked, in order.
	queries []string
	forms   []http.Header
	// intercept answers in place of the fake if it returns true.
	intercept func(w http.ResponseWriter, query string) bool
	warnings  []string
	// expressions are those that the fake can evaluate, by their text.
	expressions map[string]expression
}

type stored struct {
	labels  map[string]string
	samples []point
}

type point struct {
	at    time.Time
	value float64
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Server.Close)
	return f
}

// set says what the next queries meet.
func (f *fake) set(intercept func(w http.ResponseWriter, query string) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.intercept = intercept
}

// asked are the queries since the last call.
func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	queries := f.queries
	f.queries = nil
	return queries
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	query := r.FormValue("query")
	f.mu.Lock()
	f.queries = append(f.queries, query)
	f.forms = append(f.forms, r.Header)
	intercept, warnings := f.intercept, f.warnings
	f.mu.Unlock()
	if intercept != nil && intercept(w, query) {
		return
	}
	if r.Method == http.MethodPost && r.URL.Path == "/api/v1/query_range" {
		f.serveRules(w, r)
		return
	}
	if r.Method != http.MethodPost || r.URL.Path != "/api/v1/query" {
		http.NotFound(w, r)
		return
	}
	at, err := strconv.ParseFloat(r.FormValue("time"), 64)
	if err != nil {
		refuse(w, "bad_data", err.Error())
		return
	}
	result, kind, err := f.answer(query, time.UnixMilli(int64(at*1000+.5)))
	if err != nil {
		refuse(w, "bad_data", err.Error())
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"status": "success", "warnings": warnings, "data": map[string]any{"resultType": kind, "result": result},
	})
}

func refuse(w http.ResponseWriter, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(map[string]int{"bad_data": 400, "execution": 422, "cost_limit": 422, "timeout": 503}[kind])
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "error", "errorType": kind, "error": message})
}

var (
	selectorForm = regexp.MustCompile(`^([a-z_]+)\{(.*)\}\[(\d+)ms\]$`)
	matcherForm  = regexp.MustCompile(`^([a-z_]+)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")(?:,|$)`)
)

const boundsForm = "group by (namespace,pod,le) (count_over_time("

func (f *fake) answer(query string, at time.Time) (any, string, error) {
	if control := controlForm.FindStringSubmatch(query); control != nil {
		return f.control(control, at)
	}
	inner, bounds := strings.CutPrefix(query, boundsForm)
	if bounds {
		inner = strings.TrimSuffix(inner, "))")
	}
	parts := selectorForm.FindStringSubmatch(inner)
	if parts == nil {
		return nil, "", fmt.Errorf("parse error: %s", query)
	}
	window, err := strconv.Atoi(parts[3])
	if err != nil {
		return nil, "", err
	}
	matches, err := matchers(parts[2])
	if err != nil {
		return nil, "", err
	}
	from := at.Add(-time.Duration(window) * time.Millisecond)
	matrix, vector := []any{}, map[string]any{}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.series {
		if s.labels["__name__"] != parts[1] || !matches(s.labels) {
			continue
		}
		var values [][2]any
		for _, p := range s.samples {
			if p.at.After(from) && !p.at.After(at) {
				values = append(values, [2]any{float64(p.at.UnixMilli()) / 1000, strconv.FormatFloat(p.value, 'g', -1, 64)})
			}
		}
		if len(values) == 0 {
			continue
		}
		matrix = append(matrix, map[string]any{"metric": s.labels, "values": values})
		group := map[string]string{"namespace": s.labels["namespace"], "pod": s.labels["pod"], "le": s.labels["le"]}
		vector[fmt.Sprint(group)] = map[string]any{"metric": group, "value": [2]any{float64(at.UnixMilli()) / 1000, "1"}}
	}
	if !bounds {
		return matrix, "matrix", nil
	}
	list := []any{}
	for _, v := range vector {
		list = append(list, v)
	}
	return list, "vector", nil
}

// matchers reads a selector's matchers, strictly.
func matchers(text string) (func(map[string]string) bool, error) {
	var all []func(map[string]string) bool
	for text != "" {
		m := matcherForm.FindStringSubmatch(text)
		if m == nil {
			return nil, fmt.Errorf("parse error at %s", text)
		}
		text = text[len(m[0]):]
		value, err := strconv.Unquote(m[3])
		if err != nil {
			return nil, err
		}
		if m[2] == "=" || m[2] == "!=" {
			value = regexp.QuoteMeta(value)
		}
		re, err := regexp.Compile("^(?:" + value + ")$")
		if err != nil {
			return nil, err
		}
		all = append(all, func(labels map[string]string) bool { return re.MatchString(labels[m[1]]) != (m[2][0] == '!') })
	}
	return func(labels map[string]string) bool {
		for _, match := range all {
			if !match(labels) {
				return false
			}
		}
		return true
	}, nil
}

// put adds a series.
func (f *fake) put(labels map[string]string, samples []point) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.series = append(f.series, stored{labels, samples})
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func second(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }

// every makes samples, one per 15 s, the first at the given second.
func every(from int, values ...float64) []point {
	var points []point
	for i, v := range values {
		points = append(points, point{second(from + 15*i), v})
	}
	return points
}

// steady makes n samples of a counter that grows by so much each.
func steady(from, n int, first, growth float64) []point {
	values := make([]float64, n)
	for i := range values {
		values[i] = first + float64(i)*growth
	}
	return every(from, values...)
}

func requests(pod, status string, samples []point) (map[string]string, []point) {
	return map[string]string{
		"__name__": "http_requests_total", "namespace": "shop", "pod": pod, "instance": pod + ":8080", "job": "pods", "status": status,
	}, samples
}

func bucket(pod, le string, samples []point) (map[string]string, []point) {
	return map[string]string{
		"__name__": "http_request_duration_seconds_bucket", "namespace": "shop", "pod": pod, "instance": pod + ":8080", "le": le,
	}, samples
}

func with(labels map[string]string, name, value string) map[string]string {
	labels[name] = value
	return labels
}
