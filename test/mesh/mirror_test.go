package mesh

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

func TestCopiesGoWhereTheRouteMirrorsThem(t *testing.T) {
	for sentence, test := range map[string]struct {
		route string
		want  int // of a hundred requests
	}{
		"none":                    {``, 0},
		"all, where nothing else": {`, mirrors: [{destination: {host: shop-canary}}]`, 100},
		"a tenth":                 {`, mirrors: [{destination: {host: shop-canary}, percentage: {value: 10}}]`, 10},
		"in the older form":       {`, mirror: {host: shop-canary}, mirrorPercentage: {value: 25}`, 25},
	} {
		t.Run(sentence, func(t *testing.T) {
			rules := []*networkingv1.VirtualService{virtualService(t, "prod", "a", time.Hour,
				`spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}]`+test.route+`}]}`)}
			table := NewTable(shopObjects(rules...))
			copies := 0
			for n := range 100 {
				d := table.Route(Request{Namespace: "prod", Host: "shop", Path: "/"}, func(of int) int { return n * of / 100 })
				assert.Equal(t, "shop", d.Service)
				for _, to := range d.Mirrors {
					assert.Equal(t, "shop-canary", to.Service)
					copies++
				}
			}
			assert.Equal(t, test.want, copies)
		})
	}
}

func TestWhatTheProxyAnswersItselfIsNotCopied(t *testing.T) {
	rule := virtualService(t, "prod", "a", time.Hour,
		`spec: {hosts: [shop], http: [{route: [{destination: {host: nobody}}], mirrors: [{destination: {host: shop-canary}}]}]}`)
	d := NewTable(shopObjects(rule)).Route(Request{Namespace: "prod", Host: "shop", Path: "/"}, first)
	assert.Equal(t, FlagNoHealthyUpstream, d.Flag)
	assert.Empty(t, d.Mirrors)
}

// mirrored is a mesh in which all requests to shop are copied to a canary.
func mirrored(t *testing.T, canary http.HandlerFunc, addresses ...string) *Mesh {
	t.Helper()
	pods := []*testPod{startPod(t, "shop", "v1", addresses[0], ok), startPod(t, "shop-canary", "v2", addresses[1], canary)}
	objects := objectsOf(pods, "shop", "shop-canary")
	objects.VirtualServices = []*networkingv1.VirtualService{virtualService(t, "prod", "shop", 0,
		`spec: {hosts: [shop], http: [{timeout: 5s, route: [{destination: {host: shop}}], mirrors: [{destination: {host: shop-canary}}]}]}`)}
	return testMesh(t, objects)
}

func TestACopyIsSentAsItIsAndNobodyWaitsForIt(t *testing.T) {
	copies, answer := make(chan *http.Request), make(chan struct{})
	m := mirrored(t, func(w http.ResponseWriter, r *http.Request) {
		copies <- r
		<-answer
		broken(w, r)
	}, "10.244.250.20", "10.244.250.21")
	response, err := m.Do(t.Context(), "prod", "shop", "/cart?id=1", http.Header{"x-user": {"ann"}})
	require.NoError(t, err)
	assert.Equal(t, "v1", response.Version)
	assert.Equal(t, Served, response.Outcome())
	shadow := <-copies // before there is an answer to it
	assert.Equal(t, "shop/cart?id=1 ann", shadow.Host+shadow.RequestURI+" "+shadow.Header.Get("X-User"))
	close(answer)
}

func TestCopiesAreCountedByThePodAlone(t *testing.T) {
	const takes = 20 * time.Millisecond
	m := mirrored(t, func(w http.ResponseWriter, r *http.Request) {
		<-time.After(takes) // a latency to be seen
		broken(w, r)
	}, "10.244.250.22", "10.244.250.23")
	request := Request{Namespace: "prod", Host: "shop", Path: "/"}
	d := m.Table().Route(request, first)
	require.Len(t, d.Mirrors, 1)
	assert.Equal(t, 5*time.Second, d.Mirrors[0].Timeout)
	m.sendCopy(request, d.Mirrors[0])

	assert.Equal(t, []string{"destination shop-canary shop load-generator 500 1"},
		scrape(t, m, "reporter", "destination_service_name", "destination_app", "source_workload", "response_code"))
	families, err := m.exporter.registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if strings.HasSuffix(family.GetName(), "milliseconds") {
			assert.GreaterOrEqual(t, family.GetMetric()[0].GetHistogram().GetSampleSum(), float64(takes.Milliseconds()))
		}
	}
}
