package e2e

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// bystanders are objects of somebody else beside the application, some of which have to do with it.
const bystanders = `
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: shop-settings, labels: {app: shop}}, data: {a: "1"}}
- apiVersion: policy/v1
  kind: PodDisruptionBudget
  metadata: {name: shop}
  spec: {minAvailable: 1, selector: {matchLabels: {app: shop}}}
- {apiVersion: v1, kind: Service, metadata: {name: other}, spec: {selector: {app: other}, ports: [{name: http, port: 80, targetPort: 8080}]}}
- apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata: {name: other}
  spec: {hosts: [other], http: [{name: default, route: [{destination: {host: other}}]}]}
- apiVersion: networking.istio.io/v1
  kind: DestinationRule
  metadata: {name: other}
  spec: {host: other, trafficPolicy: {connectionPool: {http: {maxRetries: 3}}}}
`

// watchedWrites are all writes of one controller, whatever namespace they are in, as "PATCH /path".
type watchedWrites struct {
	mu  sync.Mutex
	all []string
}

func (w *watchedWrites) got() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.all...)
}

// newWatched is a stage among bystanders, with all writes of its controller.
func newWatched(t *testing.T, with setup) (*stage, *watchedWrites) {
	t.Helper()
	proxy, err := cluster.NewAPIProxy(plane)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, proxy.Close()) })
	with.kubeconfig, err = proxy.Kubeconfig(cluster.Controller)
	require.NoError(t, err)
	w := &watchedWrites{}
	proxy.OnWrite(func(_ int, req *http.Request, _ int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all = append(w.all, req.Method+" "+req.URL.Path)
	})
	with.virtualService = handwritten
	with.app.Annotations = ungated(map[string]string{spec.AnnotationSteps: "50@1s,100@1s"})
	s := newStage(t, with)
	s.apply(bystanders)
	_, err = cluster.App{Namespace: s.namespace, Name: "other", Replicas: 1}.Deploy(s.ctx, plane)
	require.NoError(t, err)
	return s, w
}

func TestAudit_AtRestNothingIsWrittenWhateverGoesOnAround(t *testing.T) {
	t.Parallel()
	const while = 20 * time.Second
	s, writes := newWatched(t, setup{brake: strategy.BrakeAdmission})
	s.annotate()
	until := time.Now().Add(while)
	// The condition was the last thing to be written.
	before := writes.got()

	// More pods, and fewer.
	for _, replicas := range []int32{6, 4} {
		s.patch(map[string]any{"spec": map[string]any{"replicas": replicas}})
		_, err := cluster.WaitFor(s.ctx, plane, s.namespace, "shop", func(d *appsv1.Deployment) bool {
			return cluster.RolledOut(d) && d.Status.Replicas == replicas
		})
		require.NoError(t, err)
	}
	another := cluster.App{Namespace: s.namespace, Name: "other", Replicas: 1}
	for round := 0; time.Now().Before(until); round++ {
		// Pods come and go, also all of them at once.
		_, names := s.live()
		if round%2 == 0 {
			names = names[:1]
		}
		for _, name := range names {
			s.kubectl(cluster.Developer, "delete", "pod", name, "--wait=false")
		}
		// Others are rolled out, and their objects change.
		another.Version = "v" + strings.Repeat("2", round+1)
		require.NoError(t, another.Apply(s.ctx, plane))
		for _, object := range []string{"configmap/shop-settings", "service/other", "virtualservice/other", "destinationrule/other", "poddisruptionbudget/shop"} {
			s.kubectl(cluster.Developer, "annotate", object, "round="+another.Version, "--overwrite")
		}
		// And so do the application's own, in what is none of Sluice's business.
		s.kubectl(cluster.Developer, "label", "deployment/shop", "service/shop", "virtualservice/shop", "round="+another.Version, "--overwrite")
		for _, name := range []string{"shop", "other"} {
			_, err := cluster.WaitFor(s.ctx, plane, s.namespace, name, cluster.RolledOut)
			require.NoError(t, err)
		}
	}
	require.NoError(t, s.quit(), "whatever it was doing is done")
	assert.Equal(t, before, writes.got())
	assert.Equal(t, "True", string(s.conditionNow().Status))
}

func TestAudit_ARunWritesToNothingButTheDeploymentAndWhatBelongsToIt(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s, writes := newWatched(t, setup{brake: brake})
			s.annotate()
			s.push("v2", nil)
			s.promoted(1)
			s.push("v3", nil)
			s.until("half of v3", func() bool { return len(s.weights()) == 4 })
			s.command(spec.VerbAbort, s.canary("v3"))
			s.aborted(2)
			s.cleared(s.canary("v3"))
			require.NoError(t, s.quit())

			here := "/namespaces/" + s.namespace + "/"
			own := map[string]bool{
				"/apis/apps/v1" + here + "deployments/shop": true, "/apis/apps/v1" + here + "deployments/shop/status": true,
				"/apis/apps/v1" + here + "replicasets":                         true, // creates
				"/apis/apps/v1" + here + "replicasets/":                        true,
				"/api/v1" + here + "configmaps":                                true, // creates
				"/api/v1" + here + "configmaps/shop-sluice":                    true,
				"/api/v1" + here + "services":                                  true, // creates
				"/api/v1" + here + "services/shop":                             true,
				"/api/v1" + here + "services/shop-canary":                      true,
				"/apis/networking.istio.io/v1" + here + "virtualservices/shop": true,
			}
			for _, write := range writes.got() {
				_, path, _ := strings.Cut(write, " ")
				if i := strings.Index(path, "replicasets/shop-"); i > 0 {
					path = path[:i] + "replicasets/"
				}
				assert.True(t, own[path], write)
			}
			for _, d := range s.deeds(cluster.Controller) {
				if d.Verb == "create" {
					assert.Contains(t, []string{"shop-sluice", "shop-canary", s.canary("v2"), s.canary("v3")}, d.Name, "%s", d)
				}
			}
			for _, d := range only(s.deeds(cluster.Controller), "pods", "") {
				assert.Fail(t, "a pod was written to", "%s", d)
			}
			var events []corev1.Event
			_, err := cluster.WaitForAll(s.ctx, plane, s.namespace, "", func(all []corev1.Event) bool {
				events = all
				return true
			})
			require.NoError(t, err)
			for i := range events {
				if e := &events[i]; e.Source.Component == "sluice" {
					assert.Equal(t, "Deployment/shop", e.InvolvedObject.Kind+"/"+e.InvolvedObject.Name, "event %s", e.Reason)
				}
			}
		})
	}
}
