package dashboards

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/manifests"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// stage is an application under load, Sluice, and a Prometheus that scrapes all of it.
type stage struct {
	*testing.T
	ctx     context.Context
	cluster *cluster.Cluster
	mesh    *mesh.Mesh
	app     cluster.App
	began   time.Time
}

const (
	namespace, name = "prod", "shop"
	// requests a second: the evidence to go on at 10 % is there within some two seconds.
	load = 200
	// failing is the share of requests that the bad version fails.
	failing = "0.4"
)

// newStage starts the parts; no application runs yet.
func newStage(t *testing.T) *stage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a busy machine needs more than an idle one
	t.Cleanup(cancel)
	s := &stage{T: t, ctx: ctx, began: time.Now()}
	binary := controllerBinary(ctx, t)
	var err error
	s.cluster, err = cluster.Start(ctx, cluster.Options{Log: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(s.cluster.Stop)
	s.mesh, err = mesh.Start(ctx, mesh.Options{Config: s.cluster.Config(cluster.Admin)})
	require.NoError(t, err)
	t.Cleanup(s.mesh.Stop)
	for _, manifest := range []string{manifests.RBAC, manifests.Brake} {
		_, err = s.cluster.KubectlAs(ctx, cluster.Admin, manifest, "apply", "-f", "-")
		require.NoError(t, err)
	}
	s.empty()
	controller, err := s.cluster.StartController(ctx, cluster.ControllerOptions{Binary: binary, Name: "controller", Args: []string{
		"--prometheus-address=" + s.cluster.PrometheusURL(), "--prometheus-timeout=3s", "--brake=auto", "--log-format=console",
		"--settle=1s", "--drain=1s", "--interval=1s", "--scrape-interval=1s",
	}})
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := controller.Logs() // what there is
			t.Log("controller:\n" + logs)
		}
	})
	require.NoError(t, s.cluster.ScrapeMesh(ctx, s.mesh.MetricsAddress()))
	require.NoError(t, s.cluster.ScrapeController(ctx, controller))
	require.NoError(t, s.cluster.LoadRules(ctx, "sluice", read(t, rulesFile)))
	return s
}

// controllerEnv names a controller to test in place of the one of this source.
const controllerEnv = "SLUICE_CONTROLLER"

func controllerBinary(ctx context.Context, t *testing.T) string {
	t.Helper()
	if path := os.Getenv(controllerEnv); path != "" {
		path, err := filepath.Abs(path)
		require.NoError(t, err)
		return path
	}
	path := filepath.Join(t.TempDir(), "controller")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", path, "./cmd/controller")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// deploy rolls the first version out, hands it to Sluice and sends it requests.
func (s *stage) deploy() {
	s.Helper()
	_, err := s.cluster.Kubectl(s.ctx, "create", "namespace", namespace)
	require.NoError(s, err)
	s.app = cluster.App{
		Namespace: namespace, Name: name, Replicas: 4, Version: "v1", Env: map[string]string{"LATENCY": "5ms"}, VirtualService: true,
	}
	_, err = s.app.Deploy(s.ctx, s.cluster)
	require.NoError(s, err)
	traffic := s.mesh.Load(s.ctx, mesh.Target{Namespace: namespace, Host: name}, load)
	s.Cleanup(traffic.Stop)
	s.app.Annotations = map[string]string{
		spec.AnnotationStrategy: "canary", spec.AnnotationSteps: "10@3s,50@3s,100@3s",
		spec.AnnotationMaxErrorRate: "20%", spec.AnnotationMaxLatency: "p80<500ms",
	}
	require.NoError(s, s.app.Apply(s.ctx, s.cluster))
	s.await("the Deployment is at rest", `sluice_rollout_phase{phase="AtRest"} == 1`)
}

// push rolls a version out.
func (s *stage) push(version string, env map[string]string) {
	s.Helper()
	s.app.Version, s.app.Env = version, env
	require.NoError(s, s.app.Apply(s.ctx, s.cluster))
}

// await waits until a query has an answer: Prometheus tells nobody when it has scraped.
func (s *stage) await(what, expr string) {
	s.Helper()
	require.EventuallyWithT(s, func(c *assertT) {
		found, err := s.grafana().ask(s.ctx, expr, step, true)
		require.NoError(c, err)
		require.NotEmpty(c, found, what)
	}, 90*time.Second, 200*time.Millisecond)
}

// grafana looks at the time from the begin until now.
func (s *stage) grafana() grafana {
	return newGrafana(s.T, s.cluster.PrometheusURL(), s.began, time.Now())
}
