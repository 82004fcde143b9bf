package prometheus

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// called is what a caller's proxy counted of requests to a Service.
// An answer of the application has no response flag, one of the proxy itself has.
func called(namespace, pod, service, code string, points []point) (map[string]string, []point) {
	labels, points := mesh(pod, code, "source", points)
	labels["namespace"], labels["response_flags"] = namespace, "-"
	if code == "503" {
		labels["response_flags"] = "UF"
	}
	labels["destination_service_name"], labels["destination_service_namespace"] = service, "shop"
	return labels, points
}

func TestCallersSeeWhatPodsDoNot(t *testing.T) {
	f := newFake(t)
	bothServe(f)
	f.put(called("users", "front-1", "shop", "200", steady(-70, 20, 1000, 10)))
	f.put(called("users", "front-1", "shop-canary", "200", steady(-70, 20, 0, 2)))
	f.put(called("users", "front-1", "shop-canary", "503", steady(-70, 20, 0, 3)))
	f.put(called("users", "front-1", "shop-canary", "500", steady(-70, 20, 0, 4)))
	f.put(called("others", "front-1", "shop-canary", "503", steady(-70, 20, 0, 1)))
	f.put(called("users", "front-1", "shop-canary-2", "503", steady(-70, 20, 0, 99)))
	elsewhere, points := called("users", "front-1", "shop-canary", "503", steady(-70, 20, 0, 99))
	f.put(with(elsewhere, "destination_service_namespace", "another"), points)
	served, points := called("users", "front-1", "shop-canary", "503", steady(-70, 20, 0, 99))
	f.put(with(served, "reporter", "destination"), points)

	f.put(called("users", "front-2", "shop-canary", "503", steady(5, 10, 500, 0)))
	sub := subject()
	sub.Gates.Reach = &analysis.Reach{Canary: "shop-canary", Stable: "shop"}
	s := source(t, f)
	ev := collect(t, s, second(110), sub)[0]
	assert.Nil(t, ev.Reach.Problem)
	assert.Empty(t, ev.Reach.Faults, "two callers of one name in two namespaces are two")
	canary, stable := sum(ev.Reach)
	assert.Equal(t, analysis.Counts{Requests: 60, Bad: 24}, canary,
		"what a caller had counted before is another run's, and an error that was answered is the error rate's")
	assert.Equal(t, analysis.Counts{Requests: 60}, stable)
	assert.Contains(t, f.asked(), `istio_requests_total{destination_service_namespace=~"shop",`+
		`destination_service_name=~"shop|shop-canary",reporter="source"}[185000ms]`)

	sub.Gates.Reach = &analysis.Reach{Canary: "nobody-canary", Stable: "nobody"}
	ev = collect(t, s, second(125), sub)[0]
	assert.Nil(t, ev.Reach.Problem, "nobody need call through the mesh")
	assert.True(t, ev.Reach.StableSeen.IsZero())
	assert.Empty(t, ev.Reach.Intervals)
	assert.Equal(t, second(105), ev.End)

	sub.Gates.Reach = &analysis.Reach{Canary: `x"} or vector(1) #`, Stable: "shop"}
	ev = collect(t, s, second(140), sub)[0]
	assert.Equal(t, analysis.ReasonInvalid, ev.Errors.Problem.Reason)
}
