package install

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster"
)

// release is the chart under a name, in a namespace.
type release struct {
	testing.TB
	ctx       context.Context
	name      string
	namespace string
	// program is the Helm that is used.
	program string
	// files are values before those of the release itself.
	files []string
	// values of the release.
	values map[string]any
}

// newRelease prepares a namespace for a release of the chart. Where it is not given, it gets a name of its own.
func newRelease(t testing.TB, namespace string, values map[string]any) *release {
	t.Helper()
	// A test that hangs must leave time to say where.
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	if namespace == "" {
		var err error
		var cleanup func()
		namespace, cleanup, err = plane.Namespace(ctx, "sluice")
		require.NoError(t, err)
		t.Cleanup(cleanup)
	} else {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		_, err := plane.Client().CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	plane.Pods().RunIn(namespace, processes)
	r := &release{TB: t, ctx: ctx, name: namespace, namespace: namespace, program: helm4, values: quick()}
	if namespace == system {
		r.name = "sluice"
	}
	r.values["fullnameOverride"] = r.name
	r.set(values)
	t.Cleanup(func() {
		logs := r.logs()
		assert.NotContains(t, logs, "WARNING: DATA RACE")
		assert.NotContains(t, logs, "panic: ")
		if t.Failed() {
			r.explain()
		}
	})
	return r
}

// system is the namespace that the documentation installs into.
const system = "sluice-system"

// quick are values with which things happen in seconds.
func quick() map[string]any {
	second := map[string]any{"periodSeconds": 1}
	return map[string]any{
		"prometheus": map[string]any{"address": plane.PrometheusURL(), "timeout": "3s"},
		"settle":     "1s", "drain": "1s", "interval": "1s", "scrapeInterval": "1s",
		"leaderElection": map[string]any{"leaseDuration": "5s"},
		"logLevel":       "debug", "logFormat": "console",
		"startupProbe": second, "readinessProbe": second,
		"livenessProbe": map[string]any{"periodSeconds": 1, "timeoutSeconds": 2},
		// The race detector's own.
		"resources": map[string]any{"limits": map[string]any{"memory": "1Gi"}},
	}
}

// set adds values, deeply.
func (r *release) set(values map[string]any) { merge(r.values, values) }

func merge(into, from map[string]any) {
	for key, value := range from {
		inner, isMap := value.(map[string]any)
		outer, wasMap := into[key].(map[string]any)
		if isMap && wasMap {
			outer = maps.Clone(outer)
			merge(outer, inner)
			value = outer
		}
		into[key] = value
	}
}

// helm runs the release's Helm, which must succeed.
func (r *release) helm(args ...string) string {
	r.Helper()
	out, err := r.try(args...)
	require.NoError(r, err)
	return out
}

// try runs the release's Helm in its namespace.
func (r *release) try(args ...string) (string, error) {
	return helm(r.ctx, r.program, append(args, "--namespace", r.namespace)...)
}

// valueArgs writes the values to a file that Helm is to read, after those of the release.
func (r *release) valueArgs() []string {
	r.Helper()
	text, err := json.Marshal(r.values)
	require.NoError(r, err)
	path := filepath.Join(r.TempDir(), "values.json")
	require.NoError(r, os.WriteFile(path, text, 0o600))
	var args []string
	for _, file := range append(r.files, path) {
		args = append(args, "--values", file)
	}
	return args
}

// install installs a chart, with the release's values, and waits until it is ready.
func (r *release) install(chart string) {
	r.Helper()
	r.helm(append([]string{"install", r.name, chart, "--wait", "--timeout", "90s"}, r.valueArgs()...)...)
}

// upgrade upgrades to a chart, with the release's values, and waits until it is ready.
func (r *release) upgrade(chart string) {
	r.Helper()
	r.helm(append([]string{"upgrade", r.name, chart, "--wait", "--timeout", "90s"}, r.valueArgs()...)...)
}

// uninstall uninstalls the release, and waits until its pods are gone.
func (r *release) uninstall(more ...string) {
	r.Helper()
	r.helm(append([]string{"uninstall", r.name, "--wait", "--timeout", "90s"}, more...)...)
	_, err := cluster.WaitForAll(r.ctx, plane, r.namespace, "", func(pods []corev1.Pod) bool { return len(pods) == 0 })
	require.NoError(r, err)
}

// controller is the name of the Deployment.
func (r *release) controller() string { return r.name + "-controller" }

// account is the user that the controller is to the API server.
func (r *release) account() string { return "system:serviceaccount:" + r.namespace + ":" + r.name }

// pods are the controller's that aren't on their way out.
func (r *release) pods() []corev1.Pod {
	r.Helper()
	list, err := plane.Client().CoreV1().Pods(r.namespace).List(r.ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/component=controller"})
	require.NoError(r, err)
	var pods []corev1.Pod
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	return pods
}

// deployment is the controller's.
func (r *release) deployment() *appsv1.Deployment {
	r.Helper()
	d, err := plane.Client().AppsV1().Deployments(r.namespace).Get(r.ctx, r.controller(), metav1.GetOptions{})
	require.NoError(r, err)
	return d
}

// leads says whether a pod leads, by its own metrics.
func (r *release) leads(pod corev1.Pod) bool {
	r.Helper()
	return strings.Contains(r.metrics(pod), "\nsluice_leader 1\n")
}

// awaitLeader is the name of the pod that leads, once one does.
func (r *release) awaitLeader() string {
	r.Helper()
	ticker := time.NewTicker(100 * time.Millisecond) // metrics offer nothing to wait on
	defer ticker.Stop()
	for {
		for _, pod := range r.pods() {
			if r.leads(pod) {
				return pod.Name
			}
		}
		select {
		case <-ticker.C:
		case <-r.ctx.Done():
			require.FailNow(r, "nobody leads")
		}
	}
}

// explain logs what the release's pods have written.
func (r *release) explain() {
	files, _ := filepath.Glob(filepath.Join(plane.Dir(), "pods", r.namespace+"_*.log")) // a bad pattern finds none
	for _, file := range files {
		text, err := os.ReadFile(file)
		lines := strings.Split(string(text), "\n")
		r.Log(fmt.Sprint(filepath.Base(file), " ", err, "\n", strings.Join(lines[max(0, len(lines)-60):], "\n")))
	}
}
