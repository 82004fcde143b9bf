package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

func testersHeader() http.Header { return http.Header{"X-Canary": {"always"}} }

// tester calls with the header that leads to the canary, and says which version answered.
func (s *stage) tester(path string) string {
	s.Helper()
	answer, err := data.Do(s.ctx, s.namespace, s.app.Name, path, testersHeader())
	require.NoError(s, err)
	return answer.Version
}

func TestCanaryHeader_LeadsTestersToTheCanaryFromBeforeItsFirstWeight(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: map[string]string{
		spec.AnnotationSteps: "0@pause,50@1s,100@1s", spec.AnnotationCanaryHeader: "x-canary=always",
	}}})
	s.annotate()
	users := s.load(50)
	assert.Equal(t, "v1", s.tester("/"), "at rest there is no canary")
	s.push("v2", nil)
	s.await(metav1.ConditionUnknown, spec.ReasonApproval)
	// The proxies learn of it a little later.
	require.NoError(t, data.Await(s.ctx, func(table *mesh.Table) bool {
		request := mesh.Request{Namespace: s.namespace, Host: "shop", Path: "/", Header: testersHeader()}
		return table.Route(request, func(int) int { return 0 }).Service == "shop-canary"
	}))
	assert.Equal(t, "v2", s.tester("/"))
	assert.Equal(t, "v2", s.tester("/api"), "by every route that leads there")
	users.spared("v2")
	assert.Empty(t, s.weights(), "users' weight is still 0")
	canary := s.canary("v2")
	s.command(spec.VerbApprove, canary)
	s.promoted(1)

	assert.Equal(t, []int{50, 100, 0}, s.weights())
	final, _ := s.live()
	assert.Equal(t, final, s.podsOf(canary))
	users.unharmed()
	s.restored()
}

func TestMirror_CopiesAreJudgedBeforeTheCanaryGetsAnyRequest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env     map[string]string
		weights []int
	}{
		"a healthy one":         {nil, []int{10, 50, 100, 0}},
		"one that fails copies": {map[string]string{"ERROR_RATE": "0.5"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: strategy.BrakeAdmission, virtualService: handwritten, app: cluster.App{Annotations: map[string]string{
				spec.AnnotationMirror: "40%",
			}}})
			s.annotate()
			stablePods, _ := s.live()
			users := s.load(60)
			s.push("v2", c.env)
			pipeline := s.rolloutStatus()
			if c.env == nil {
				s.promoted(1)
				require.NoError(t, <-pipeline)
				users.unharmed()
				s.restored()
			} else {
				condition := s.aborted(1)
				assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
				assert.Contains(t, condition.Message, "error-rate: canary")
				users.unharmed()
				users.spared("v2")
				s.isOver(stablePods, pipeline)
			}
			assert.Equal(t, c.weights, s.weights())
			assert.Positive(t, s.mirrored(), "the mirror was there")
		})
	}
}

// mirrored counts the states of the VirtualService in which requests are copied to the canary.
func (s *stage) mirrored() int {
	s.Helper()
	n := 0
	for _, e := range s.seen.of(virtualServices, s.app.Name) {
		text, err := e.object.MarshalJSON()
		require.NoError(s, err)
		if strings.Contains(string(text), `"mirrors":[{"destination":{"host":"shop-canary"`) {
			assert.Zero(s, s.canaryShare(e.object), "before the first weight")
			n++
		}
	}
	return n
}

func TestGRPC_ClientsWithoutAProxyAreToldOfTheCanaryBeforeItsFirstWeight(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, idle: true})
	s.kubectl(cluster.Developer, "patch", "service", "shop", "--type=json", "--patch",
		`[{"op":"add","path":"/spec/ports/-","value":{"name":"grpc","port":9000,"targetPort":8080}}]`)
	s.written = s.objects()
	s.start(setup{})
	s.annotate()
	users := s.load(50)
	s.push("v2", nil)
	s.promoted(1)

	known := 0
	for _, e := range s.seen.of(virtualServices, "shop") {
		routes, _, err := unstructured.NestedSlice(e.object.Object, "spec", "http")
		require.NoError(t, err)
		name, _, _ := unstructured.NestedString(routes[0].(map[string]any), "name")
		if !strings.HasPrefix(name, "sluice-") {
			continue
		}
		if known++; known == 1 {
			assert.Less(t, e.revision, s.weighed(10))
			assert.Zero(t, s.canaryShare(e.object))
		}
	}
	assert.Equal(t, 4, known, "before the first weight and at each")
	assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
	users.unharmed()
	s.restored()
}
