package history

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fake answers range queries like a Prometheus that has one ReplicaSet of one Deployment, at every point.
type fake struct {
	// most is how many points it answers; more it refuses as the status says.
	most   int
	status int
	kind   string
	// hash is the ReplicaSet; empty: there is none.
	hash string
	// warnings are what it says beside.
	warnings []string

	mu     sync.Mutex
	points []int // of each query
	seen   map[float64]int
}

func (f *fake) start(t *testing.T) string {
	t.Helper()
	f.seen = map[float64]int{}
	server := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(server.Close)
	return server.URL
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/query_range") {
		writeJSON(w, map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": []any{}}})
		return
	}
	number := func(name string) float64 {
		x, _ := strconv.ParseFloat(r.FormValue(name), 64)
		return x
	}
	start, end, step := number("start"), number("end"), number("step")
	n := int((end-start)/step+1e-6) + 1
	f.mu.Lock()
	defer f.mu.Unlock()
	f.points = append(f.points, n)
	if f.most > 0 && n > f.most {
		w.WriteHeader(f.status)
		writeJSON(w, map[string]any{"status": "error", "errorType": f.kind, "error": "too much"})
		return
	}
	var values [][2]any
	for k := range n {
		at := start + float64(k)*step
		f.seen[at]++
		values = append(values, [2]any{at, "1"})
	}
	result := []any{}
	if f.hash != "" {
		result = append(result, map[string]any{"metric": map[string]string{labelHash: f.hash}, "values": values})
	}
	writeJSON(w, map[string]any{
		"status": "success", "warnings": f.warnings, "data": map[string]any{"resultType": "matrix", "result": result},
	})
}

func writeJSON(w http.ResponseWriter, answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		text = fmt.Append(nil, err)
	}
	_, _ = w.Write(text)
}

// ask makes an asker for a fake.
func (f *fake) ask(t *testing.T) *asker {
	t.Helper()
	o := options()
	o.Address = f.start(t)
	api, err := connect(&o)
	require.NoError(t, err)
	return &asker{api: api, timeout: 5 * time.Second}
}
