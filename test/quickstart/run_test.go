package quickstart

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/manifests"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// binaryEnv names another controller to test.
const binaryEnv = "SLUICE_CONTROLLER"

// root is the repository.
var root = filepath.Join("..", "..")

// story is one reader of the quickstart.
type story struct {
	*testing.T
	ctx    context.Context
	plane  *cluster.Cluster
	load   *mesh.Load
	plugin string
}

// The manifests of examples/quickstart lead to what docs/quickstart.md says: v2 is promoted, v3 is aborted.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.scrapes()

	s.run(healthy())
	s.sluice(0, "status", "shop", "--wait", "--timeout=60s")
	assert.Contains(s, s.sluice(0, "history", "shop"), "promoted")
	s.serves("v2")

	before := s.load.Snapshot()
	s.run(faulty())
	told := s.sluice(1, "status", "shop", "--wait", "--timeout=60s")
	assert.Contains(s, told, string(spec.ReasonGateFailed))
	assert.Contains(s, told, "error-rate")
	assert.Contains(s, s.sluice(0, "history", "shop"), "aborted")
	_, err := s.plane.KubectlAs(s.ctx, cluster.Developer, "", "-n", "shop", "rollout", "status", "deployment/shop")
	require.ErrorContains(s, err, "exceeded its progress deadline")
	users := s.load.Snapshot().Since(before)
	assert.Less(s, users.Share("v3"), 0.2, "v3 had no more than its first weight")
	assert.Zero(s, users.FailedByRollout)

	// What a reader does then: the template is what serves, and nothing is to be mended.
	s.run(mended())
	s.promoted()
	vs, err := s.plane.Istio().NetworkingV1().VirtualServices("shop").Get(s.ctx, "shop", metav1.GetOptions{})
	require.NoError(s, err)
	require.Len(s, vs.Spec.GetHttp()[0].GetRoute(), 1, "the VirtualService is the user's again")
	s.serves("v2")
}

// begin brings the reader to the first push.
func begin(t *testing.T) *story {
	t.Helper()
	// The test's own context ends before what it has started is stopped in order.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 4*time.Minute)
	t.Cleanup(cancel)
	plane, err := cluster.Start(ctx, cluster.Options{})
	require.NoError(t, err)
	t.Cleanup(plane.Stop)
	data, err := mesh.Start(ctx, mesh.Options{Config: plane.Config(cluster.Admin)})
	require.NoError(t, err)
	t.Cleanup(data.Stop)
	s := &story{T: t, ctx: ctx, plane: plane, plugin: filepath.Join(t.TempDir(), "kubectl-sluice")}
	build(t, "./cmd/kubectl-sluice", s.plugin)

	for _, manifest := range []string{manifests.RBAC, manifests.Brake} {
		_, err := plane.KubectlAs(ctx, cluster.Admin, manifest, "apply", "-f", "-")
		require.NoError(t, err)
	}
	s.start()
	s.apply("namespaces.yaml", "")
	s.apply("prometheus.yaml", "")
	s.apply("shop.yaml", "shop")
	s.apply("load.yaml", "shop")
	_, err = cluster.WaitFor(ctx, plane, "shop", "shop", cluster.RolledOut)
	require.NoError(t, err)
	s.promoted()
	s.load = data.Load(ctx, mesh.Target{Namespace: "shop", Host: "shop"}, 200)
	s.serves("v1")
	return s
}

// start runs the controller with the waits of a mesh that learns of a change at once.
func (s *story) start() {
	s.Helper()
	binary := os.Getenv(binaryEnv)
	if binary == "" {
		binary = filepath.Join(s.TempDir(), "controller")
		build(s.T, "./cmd/controller", binary)
	}
	controller, err := s.plane.StartController(s.ctx, cluster.ControllerOptions{Binary: binary, Name: "controller", Args: []string{
		"--prometheus-address=" + s.plane.PrometheusURL(), "--settle=300ms", "--drain=300ms", "--interval=1s", "--scrape-interval=1s",
		"--leader-elect=false", "--brake=admission", "--log-format=console",
	}})
	require.NoError(s, err)
	s.Cleanup(func() {
		require.NoError(s, controller.Stop())
		if logs, err := controller.Logs(); s.Failed() && err == nil {
			s.Logf("controller:\n%s", logs)
		}
	})
}

// apply is kubectl apply with a manifest of the quickstart, its steps shortened.
func (s *story) apply(file, namespace string) {
	s.Helper()
	text, err := os.ReadFile(filepath.Join(root, "examples", "quickstart", file))
	require.NoError(s, err)
	args, manifest := []string{"apply", "-f", "-"}, string(text)
	if namespace != "" {
		args = append(args, "-n", namespace)
	}
	if file == "shop.yaml" {
		require.Contains(s, manifest, "10@30s,50@30s,100@30s")
		manifest = strings.Replace(manifest, "10@30s,50@30s,100@30s", "10@1s,50@1s,100@1s", 1)
	}
	_, err = s.plane.KubectlAs(s.ctx, cluster.Admin, manifest, args...)
	require.NoError(s, err)
}

// The reader's pushes, as the page has them.
func healthy() []string { return strings.Fields("kubectl -n shop set env deployment/shop VERSION=v2") }

func faulty() []string {
	return strings.Fields("kubectl -n shop set env deployment/shop VERSION=v3 ERROR_RATE=0.2")
}

func mended() []string {
	return strings.Fields("kubectl -n shop set env deployment/shop VERSION=v2 ERROR_RATE-")
}

func (s *story) run(command []string) {
	s.Helper()
	_, err := s.plane.KubectlAs(s.ctx, cluster.Developer, "", command[1:]...)
	require.NoError(s, err)
}

// sluice runs the plugin, which must end with this status, and returns what it says.
func (s *story) sluice(status int, args ...string) string {
	s.Helper()
	cmd := exec.CommandContext(s.ctx, s.plugin, append([]string{"-n", "shop"}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+s.plane.Kubeconfig(cluster.Developer))
	out, err := cmd.CombinedOutput()
	s.Logf("$ kubectl sluice -n shop %s\n%s", strings.Join(args, " "), out)
	require.NotNil(s, cmd.ProcessState, "%v", err)
	require.Equal(s, status, cmd.ProcessState.ExitCode(), "%s", out)
	return string(out)
}

// promoted waits until the Deployment is Sluice's, and at rest.
func (s *story) promoted() {
	s.Helper()
	_, err := cluster.WaitFor(s.ctx, s.plane, "shop", "shop", func(d *appsv1.Deployment) bool {
		for _, c := range d.Status.Conditions {
			if c.Type == spec.ConditionPromoted {
				return c.Status == corev1.ConditionTrue && !d.Spec.Paused
			}
		}
		return false
	})
	require.NoError(s, err)
}

// serves waits for a hundred requests more: all are answered by this version, and well.
func (s *story) serves(version string) {
	s.Helper()
	before, answers := s.load.Snapshot(), mesh.Snapshot{}
	require.Eventually(s, func() bool {
		answers = s.load.Snapshot().Since(before)
		return answers.Requests >= 100
	}, 20*time.Second, 50*time.Millisecond)
	assert.InDelta(s, 1, answers.Share(version), 0, "%+v", answers)
	assert.Equal(s, answers.Requests, answers.Served, "%+v", answers)
}

// build builds one of the repository's programs.
func build(t *testing.T, what, to string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", to, what)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
