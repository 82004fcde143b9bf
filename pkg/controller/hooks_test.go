package controller

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

const annotatedShop = `
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: ns, name: shop, uid: d, annotations: {sluice.dev/strategy: canary, sluice.dev/before: cronjob/migrate}}
spec:
  selector: {matchLabels: {app: shop, part: web}}
  template: {metadata: {labels: {app: shop, part: web}}, spec: {containers: []}}
`

// hooked is a controller whose informers don't run, on a server that has the given objects, and a pass for Deployment shop.
func hooked(t *testing.T, there ...runtime.Object) (*Controller, *pass, *fake.FakeDynamicClient) {
	t.Helper()
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
		map[schema.GroupVersionResource]string{kindJob().GroupVersionResource: "JobList"}, there...)
	c, err := New(Options{Client: client, Log: zap.NewNop(), Registerer: prometheus.NewPedanticRegistry()})
	require.NoError(t, err)
	d, err := asDeployment(parsed(t, annotatedShop))
	require.NoError(t, err)
	c.caches.deployments.arrives(t, d)
	c.synced.Store(true)
	return c, &pass{Controller: c, key: strategy.Key{Namespace: "ns", Name: "shop"}, d: d, versions: map[string]string{}}, client
}

// piece is an object, or a part of one, that doesn't say of what kind it is.
func piece(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	return parsed(t, "apiVersion: v1\nkind: Piece\n"+text)
}

// queued empties the queue.
func queued(c *Controller) []string {
	names := []string{}
	for c.queue.Len() > 0 {
		key, _ := c.queue.Get()
		c.queue.Done(key)
		names = append(names, key.String())
	}
	return names
}

func TestCronJobsOfTheHooks(t *testing.T) {
	t.Parallel()
	const work = `{metadata: {labels: {app: tasks}}, spec: {containers: []}}`
	for says, c := range map[string]struct{ pods, service, problem string }{
		"labels of its own":           {"{app: tasks}", "{app: shop}", ""},
		"no labels":                   {"{}", "{app: shop}", ""},
		"a Service of something else": {"{app: tasks}", "{app: tasks}", ""},
		"those of the Deployment": {
			"{app: shop, part: web, more: x}", "{app: shop}", "the selector of Deployment shop matches its pods; give the pods of its spec.jobTemplate other labels",
		},
		"those of the Service": {"{app: shop, part: tasks}", "{app: shop}", "Service web, which leads to Deployment shop, would send requests to its pods; give the pods of its spec.jobTemplate other labels"},
		"those of the Service, which is pinned": {
			"{app: shop, part: tasks}", "{app: shop, pod-template-hash: abc}", "Service web, which leads to Deployment shop, would send requests to its pods; give the pods of its spec.jobTemplate other labels",
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			ctrl, p, _ := hooked(t)
			svc, err := asService(piece(t, "metadata: {namespace: ns, name: web, uid: s}\nspec: {selector: "+c.service+"}"))
			require.NoError(t, err)
			ctrl.caches.services.arrives(t, svc)
			ctrl.caches.cronJobs.arrives(t, cronJobWith(t, `{spec: {activeDeadlineSeconds: 30, template: {metadata: {labels: `+c.pods+`}}}}`))
			want := map[string]strategy.CronJob{"migrate": {Deadline: 30 * time.Second, Problem: c.problem}}
			assert.Equal(t, want, ctrl.observedCronJobs(p.d, spec.Parse(p.d.Annotations), nil))
		})
	}
	ctrl, p, _ := hooked(t)
	assert.Empty(t, ctrl.observedCronJobs(p.d, spec.Parse(p.d.Annotations), nil), "one that isn't there")
	cj := cronJobWith(t, `{spec: {manualSelector: true, template: `+work+`}}`)
	ctrl.caches.cronJobs.arrives(t, cj)
	s := spec.Parse(p.d.Annotations)
	assert.Equal(t, cj.problem, ctrl.observedCronJobs(p.d, s, nil)["migrate"].Problem, "its own mistakes come first")
	s.Hooks = nil
	assert.Empty(t, ctrl.observedCronJobs(p.d, s, nil), "one that no hook names")
	run := &strategy.Record{Run: &strategy.Run{Hooks: []strategy.HookRun{{Hook: spec.HookBefore, CronJob: "migrate"}}}}
	assert.Contains(t, ctrl.observedCronJobs(p.d, s, run), "migrate", "one that a hook named when its run began it")
}

func TestJobsOfADeployment(t *testing.T) {
	t.Parallel()
	c, p, _ := hooked(t)
	for name, fields := range map[string]string{
		"b-ours":    `labels: {sluice.dev/managed: hook}, ownerReferences: [{kind: Deployment, name: shop, uid: d}]`,
		"a-ours":    `labels: {sluice.dev/managed: hook}, ownerReferences: [{kind: Deployment, name: shop, uid: d}]`,
		"another's": `labels: {sluice.dev/managed: hook}, ownerReferences: [{kind: Deployment, name: shop, uid: earlier}]`,
		"copied":    `labels: {sluice.dev/managed: hook}, ownerReferences: [{kind: CronJob, name: migrate, uid: c}]`,
		"users":     `labels: {sluice.dev/managed: else}, ownerReferences: [{kind: Deployment, name: shop, uid: d}]`,
	} {
		j, err := asJob(piece(t, "metadata: {namespace: ns, uid: "+name+", name: "+name+", "+fields+"}"))
		require.NoError(t, err)
		c.caches.jobs.arrives(t, j)
	}
	c.caches.cronJobs.arrives(t, cronJobWith(t, `{spec: {template: {}}}`))
	o, _ := c.observe(p.key, time.Now())
	assert.Equal(t, map[string]strategy.CronJob{"migrate": {}}, o.CronJobs)
	var names []string
	for _, j := range o.Jobs {
		names = append(names, j.Name)
	}
	assert.Equal(t, []string{"a-ours", "b-ours"}, names)
}

func TestWhomChangesOfHooksConcern(t *testing.T) {
	t.Parallel()
	c, _, _ := hooked(t)
	plain, err := asDeployment(piece(t, `
metadata: {namespace: ns, name: other, uid: o, annotations: {sluice.dev/strategy: canary, sluice.dev/before: cronjob/other}}
spec: {selector: {matchLabels: {app: other}}, template: {}}
`))
	require.NoError(t, err)
	c.caches.deployments.arrives(t, plain)
	c.cronJobChanged(cronJobWith(t, `{spec: {}}`))
	assert.Equal(t, []string{"ns/shop"}, queued(c), "a CronJob concerns whom names it")

	cj := cronJobWith(t, `{spec: {}}`)
	cj.Namespace = "elsewhere"
	c.cronJobChanged(cj)
	assert.Empty(t, queued(c), "in its own namespace")

	kept, err := asConfigMap(piece(t, `
metadata: {namespace: ns, name: other-sluice, uid: r}
data: {record.json: '{"run": {"id": "x", "service": "s", "phase": "Shifting", "canary": {"name": "a", "hash": "a"}, "stable": {"name": "b", "hash": "b"}, "hooks": [{"hook": "verify", "cronJob": "smoke"}]}}'}
`))
	require.NoError(t, err)
	c.caches.records.arrives(t, kept)
	cj = cronJobWith(t, `{spec: {}}`)
	cj.Name = "smoke"
	c.cronJobChanged(cj)
	assert.Equal(t, []string{"ns/other"}, queued(c), "a CronJob concerns whose run names it")

	c.ownersChanged(&job{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "x", OwnerReferences: []metav1.OwnerReference{{Kind: "Deployment", Name: "other", UID: "o"}}}})
	assert.Equal(t, []string{"ns/other"}, queued(c), "a Job concerns its owner")
}

// inServer is what the server has of a Job; nil: nothing.
func inServer(t *testing.T, client *fake.FakeDynamicClient, name string) *unstructured.Unstructured {
	t.Helper()
	list, err := client.Resource(kindJob().GroupVersionResource).Namespace("ns").List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	for i := range list.Items {
		if list.Items[i].GetName() == name {
			return &list.Items[i]
		}
	}
	return nil
}
