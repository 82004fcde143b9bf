package controller

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// before is the action of run 12.
func before() strategy.CreateJob {
	return strategy.CreateJob{
		Hook: spec.HookBefore, Name: "shop-before-abc", CronJob: "migrate", Run: "abc-12-1795400000", Number: 12,
		Deadline: 1500 * time.Millisecond, Env: map[string]string{"B": "2", "A": "1"},
	}
}

const migrate = `
metadata:
  labels: {app: migrate, sluice.dev/run: the user's own}
  annotations: {team: shop}
  finalizers: [not/copied]
spec:
  suspend: true
  ttlSecondsAfterFinished: 60
  backoffLimit: 0
  later: {field: 9007199254740993}
  template:
    metadata: {labels: {app: tasks}}
    spec:
      restartPolicy: Never
      later: field
      initContainers: [{name: first}]
      containers:
        - {name: work, env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: URL, value: "http://$(B)/"}]}
        - {name: beside, env: [{name: C, value: "3"}]}
`

// wantJob is what becomes of it.
const wantJob = `
metadata:
  name: shop-before-abc
  labels: {app: migrate, sluice.dev/managed: hook, sluice.dev/run: abc-12-1795400000, sluice.dev/hook: before}
  annotations: {team: shop, sluice.dev/run-number: "12"}
spec:
  activeDeadlineSeconds: 2
  backoffLimit: 0
  later: {field: 9007199254740993}
  template:
    metadata: {labels: {app: tasks}}
    spec:
      restartPolicy: Never
      later: field
      initContainers: [{name: first, env: [{name: A, value: "1"}, {name: B, value: "2"}]}]
      containers:
        - {name: work, env: [{name: A, value: "1"}, {name: B, value: "2"}, {name: URL, value: "http://$(B)/"}]}
        - {name: beside, env: [{name: A, value: "1"}, {name: B, value: "2"}, {name: C, value: "3"}]}
`

func jobTemplate(t *testing.T, text string) []byte {
	t.Helper()
	body, err := piece(t, text).MarshalJSON()
	require.NoError(t, err)
	return body
}

func TestJobOfATemplate(t *testing.T) {
	t.Parallel()
	got, err := jobOf(jobTemplate(t, migrate), before())
	require.NoError(t, err)
	want := piece(t, wantJob).Object
	delete(want, "apiVersion")
	delete(want, "kind")
	assert.Equal(t, want, got)

	a := before()
	a.Env, a.Deadline = nil, 0
	got, err = jobOf(jobTemplate(t, `spec: {activeDeadlineSeconds: 7, template: {spec: {containers: [{name: work}]}}}`), a)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"activeDeadlineSeconds": int64(7),
		"template":              map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "work"}}}},
	}, got["spec"], "nothing to add, nothing changed")

	got, err = jobOf(jobTemplate(t, `spec: {activeDeadlineSeconds: 7, template: {}}`), before())
	require.NoError(t, err)
	assert.Equal(t, int64(7), got["spec"].(map[string]any)["activeDeadlineSeconds"], "the template's own deadline stands")

	for says, text := range map[string]string{
		"no spec": `metadata: {}`, "containers that are none": `spec: {template: {spec: {containers: [text]}}}`,
		"a list that is none": `spec: {template: {spec: {containers: text}}}`, "a spec that is none": `spec: []`,
	} {
		_, err := jobOf(jobTemplate(t, text), before())
		assert.Error(t, err, says)
	}
}

func TestCreateJob(t *testing.T) {
	t.Parallel()
	c, p, client := hooked(t)
	require.ErrorIs(t, p.act(t.Context(), before()), errStale, "the CronJob isn't there")
	cj := cronJobWith(t, `{spec: {template: {spec: {containers: [{name: work}]}}}}`)
	c.caches.cronJobs.arrives(t, cj)
	require.NoError(t, p.act(t.Context(), before()))

	made := inServer(t, client, "shop-before-abc")
	require.NotNil(t, made)
	assert.Equal(t, "batch/v1", made.GetAPIVersion())
	owners := made.GetOwnerReferences()
	require.Len(t, owners, 1)
	assert.Equal(t, "Deployment shop d", owners[0].Kind+" "+owners[0].Name+" "+string(owners[0].UID))
	assert.Nil(t, owners[0].Controller, "the Deployment isn't its controller")
	jobs := c.observedJobs(p.d, nil)
	require.Len(t, jobs, 1, "our own write is seen before the watch tells of it")
	assert.Equal(t, spec.HookBefore, jobs[0].Hook)

	cj.problem = "wrong"
	require.ErrorIs(t, p.act(t.Context(), before()), errStale, "the CronJob was fine when it was planned")
	p.d = nil
	require.ErrorIs(t, p.act(t.Context(), before()), errStale, "the Deployment is gone")
}

func TestCreateJobWhereThereIsOne(t *testing.T) {
	t.Parallel()
	const ours = `labels: {sluice.dev/managed: hook, sluice.dev/run: abc-12-1795400000, sluice.dev/hook: before}`
	const owned = `ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: shop, uid: d}]`
	for says, c := range map[string]struct {
		metadata string
		known    bool
	}{
		"this run's, of a controller that is no more": {ours + ", " + owned, true},
		"one without the label that is watched":       {`labels: {sluice.dev/run: abc-12-1795400000, sluice.dev/hook: before}, ` + owned, false},
		"a user's":                                    {`labels: {app: x}`, false},
		"another's":                                   {ours, false},
		"another run's":                               {`labels: {sluice.dev/managed: hook, sluice.dev/run: abc-11-1, sluice.dev/hook: before}, ` + owned, false},
		"another hook's":                              {`labels: {sluice.dev/managed: hook, sluice.dev/run: abc-12-1795400000, sluice.dev/hook: after}, ` + owned, false},
		"one without labels":                          {owned, false},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			beside := parsed(t, `{apiVersion: batch/v1, kind: Job, metadata: {namespace: ns, name: a-first}}`)
			there := parsed(t, `{apiVersion: batch/v1, kind: Job, metadata: {namespace: ns, name: shop-before-abc, `+c.metadata+`}, spec: {mark: x}}`)
			ctrl, p, client := hooked(t, beside, there)
			ctrl.caches.cronJobs.arrives(t, cronJobWith(t, `{spec: {template: {spec: {}}}}`))
			err := p.act(t.Context(), before())
			if c.known {
				require.NoError(t, err)
				assert.Len(t, ctrl.observedJobs(p.d, nil), 1)
			} else {
				require.ErrorContains(t, err, "Job ns/shop-before-abc")
				assert.False(t, isStale(err), "to plan again doesn't help")
				assert.Empty(t, ctrl.observedJobs(p.d, nil))
			}
			assert.Contains(t, inServer(t, client, "shop-before-abc").Object["spec"], "mark", "it is left alone")
		})
	}
	ctrl, p, client := hooked(t)
	ctrl.caches.cronJobs.arrives(t, cronJobWith(t, `{spec: {template: {spec: {}}}}`))
	client.PrependReactor("create", "jobs", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewAlreadyExists(kindJob().GroupResource(), "shop-before-abc")
	})
	require.ErrorIs(t, p.act(t.Context(), before()), errStale, "it is gone by the time one looks")
}

func TestDeleteJob(t *testing.T) {
	t.Parallel()
	there := parsed(t, `{apiVersion: batch/v1, kind: Job, metadata: {namespace: ns, name: x, uid: u, resourceVersion: "7",
  labels: {sluice.dev/managed: hook}, ownerReferences: [{kind: Deployment, name: shop, uid: d}]}}`)
	c, p, client := hooked(t, there)
	j, err := asJob(there)
	require.NoError(t, err)
	c.caches.jobs.arrives(t, j)
	require.NoError(t, p.act(t.Context(), strategy.DeleteJob{Name: "x", UID: "u", ResourceVersion: "7"}))
	assert.Nil(t, inServer(t, client, "x"))
	assert.Empty(t, c.observedJobs(p.d, nil), "before the watch tells of it")
	deletion := deletionOf(t, client.Actions())
	assert.Equal(t, types.UID("u"), *deletion.Preconditions.UID)
	assert.Equal(t, "7", *deletion.Preconditions.ResourceVersion)
	assert.Equal(t, "Background", string(*deletion.PropagationPolicy), "its pods go too")
	require.NoError(t, p.act(t.Context(), strategy.DeleteJob{Name: "x", UID: "u", ResourceVersion: "7"}), "somebody was faster")
}

func deletionOf(t *testing.T, actions []clienttesting.Action) metav1.DeleteOptions {
	t.Helper()
	for _, a := range actions {
		if d, ok := a.(clienttesting.DeleteActionImpl); ok {
			return d.DeleteOptions
		}
	}
	require.Fail(t, "nothing was deleted")
	return metav1.DeleteOptions{}
}
