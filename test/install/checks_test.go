package install

import (
	"net/http"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ready asserts that so many pods of the controller are ready, and that exactly one leads.
func (r *release) ready(replicas int) {
	r.Helper()
	pods := r.pods()
	require.Len(r, pods, replicas)
	for _, pod := range pods {
		require.True(r, slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		}), "pod %s isn't ready", pod.Name)
		assert.Zero(r, pod.Status.ContainerStatuses[0].RestartCount)
	}
	r.awaitLeader()
	leaders := slices.DeleteFunc(pods, func(pod corev1.Pod) bool { return !r.leads(pod) })
	assert.Len(r, leaders, 1, "leaders")
}

// closed asserts that what may need a token does, and that probes don't.
func (r *release) closed() {
	r.Helper()
	pods := r.pods()
	pod := pods[slices.IndexFunc(pods, r.leads)]
	for _, test := range []struct {
		port, path, token string
		want              int
	}{
		{"8080", "/metrics", "", http.StatusUnauthorized},
		{"8080", "/metrics", "another", http.StatusUnauthorized},
		{"8080", "/metrics", metricsToken, http.StatusOK},
		{"8080", "/readyz", "", http.StatusOK},
		{"8081", "/", "", http.StatusUnauthorized},
		{"8081", "/", metricsToken, http.StatusOK},
	} {
		status, _ := r.get(pod, test.port, test.path, test.token)
		assert.Equal(r, test.want, status, "%s with token %q", test.path, test.token)
	}
}

// refusesToGo asserts that an uninstallation is refused, names those that aren't at rest, and changes nothing.
func (r *release) refusesToGo(unrested ...*shop) {
	r.Helper()
	before, leader := r.census(), r.awaitLeader()
	out, err := r.try("uninstall", r.name, "--timeout", "60s")
	require.Error(r, err, out)
	job, err := plane.Client().CoreV1().Pods(r.namespace).List(r.ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/component=uninstall"})
	require.NoError(r, err)
	require.Len(r, job.Items, 1)
	logs := processes.Logs(r.namespace, job.Items[0].Name)
	for _, s := range unrested {
		assert.Contains(r, logs, s.app.Namespace+"/shop")
	}
	// Helm notes the attempt in its own Secret, and leaves the Job and its permissions for a look.
	r.same(before, r.census(), "sh.helm.release", "sluice-uninstall")
	assert.Equal(r, leader, r.awaitLeader(), "the same pod leads")
	r.ready(2)
}
