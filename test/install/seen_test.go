package install

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/test/cluster"
)

// weights are all that the release's account has given a shop's canary, in order, by the audit log.
func (r *release) weights(s *shop) []int32 {
	r.Helper()
	events, err := plane.Audit(r.ctx, cluster.AuditFilter{
		User: r.account(), Namespace: s.app.Namespace, Resource: "virtualservices", Writes: true, Verbs: []string{"create", "update"},
	})
	require.NoError(r, err)
	var weights []int32
	for _, e := range events {
		var v istiov1.VirtualService
		require.NoError(r, json.Unmarshal(e.Response, &v))
		weights = append(weights, canaryWeight(&v))
	}
	return slices.Compact(weights)
}

// logs are what all pods of the release have written so far, those that are gone too.
func (r *release) logs() string {
	r.Helper()
	files, err := filepath.Glob(filepath.Join(plane.Dir(), "pods", r.namespace+"_*.log"))
	require.NoError(r, err)
	var all strings.Builder
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), r.namespace+"_"), ".log")
		all.WriteString(processes.Logs(r.namespace, name))
	}
	return all.String()
}

// readyPod waits until a pod of the controller is ready after so many restarts.
func (r *release) readyPod(name string, restarts int32) {
	r.Helper()
	_, err := cluster.WaitFor(r.ctx, plane, r.namespace, name, func(p *corev1.Pod) bool {
		return len(p.Status.ContainerStatuses) == 1 && p.Status.ContainerStatuses[0].RestartCount == restarts && p.Status.ContainerStatuses[0].Ready
	})
	require.NoError(r, err)
}
