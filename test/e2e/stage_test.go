package e2e

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// stage is one application in a namespace of its own, with a controller of its own.
type stage struct {
	*testing.T
	ctx        context.Context
	namespace  string
	brake      strategy.Brake
	app        cluster.App
	controller *cluster.ControllerProcess
	// seen is all that has happened in the namespace since the first version runs.
	seen *journal
	// stable is the ReplicaSet of the first version.
	stable string
	// written is what the user wrote, before Sluice knew of it.
	written written
}

// setup changes how a stage is built.
type setup struct {
	// brake defaults to paused.
	brake strategy.Brake
	// app is what runs at first, v1 by default; the namespace is filled in, and the annotations are added to those of a fast canary.
	app cluster.App
	// earlier is a version that ran before app; empty: none.
	earlier string
	// virtualService is the user's, as YAML; empty: app says whether there is one.
	virtualService string
	// flags replace or add to the controller's.
	flags map[string]string
	// kubeconfig of the controller; empty: its own.
	kubeconfig string
	// idle leaves the start of the controller to the test.
	idle bool
	// limit bounds the whole scenario; default 4 minutes, of which a busy machine needs more than an idle one.
	limit time.Duration
}

// newStage deploys the first version, unmanaged, and starts the controller; annotate hands it over.
func newStage(t *testing.T, with setup) *stage {
	t.Helper()
	if with.limit == 0 {
		with.limit = 4 * time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), with.limit)
	t.Cleanup(cancel)
	namespace, cleanup, err := plane.Namespace(ctx, "e2e")
	require.NoError(t, err)
	t.Cleanup(cleanup)
	s := &stage{T: t, ctx: ctx, namespace: namespace, brake: with.brake, app: with.app}
	if s.brake == "" {
		s.brake = strategy.BrakePaused
	}
	if s.brake == strategy.BrakeAdmission {
		s.kubectl(cluster.Admin, "label", "namespace", namespace, brakeLabel+"=installed")
	}
	s.app.Namespace = namespace
	if s.app.Name == "" {
		s.app.Name = "shop"
	}
	if s.app.Version == "" {
		s.app.Version = "v1"
	}
	if s.app.Replicas == 0 {
		s.app.Replicas = 4
	}
	s.deploy(with)
	if !with.idle {
		s.start(with)
	}
	return s
}

// deploy brings the first version up, without a strategy.
func (s *stage) deploy(with setup) {
	s.Helper()
	annotations := fast()
	maps.Copy(annotations, with.app.Annotations)
	s.app.Annotations = nil
	for _, version := range []string{with.earlier, s.app.Version} {
		if version != "" {
			app := s.app
			app.Version = version
			_, err := app.Deploy(s.ctx, plane)
			require.NoError(s, err)
		}
	}
	s.app.Annotations = annotations
	if with.virtualService != "" {
		s.apply(with.virtualService)
	}
	s.stable = s.serving()
	s.written = s.objects()
	s.seen = newJournal(s)
}

// fast are annotations with which a healthy canary is promoted in seconds: little evidence suffices, and 20 % of errors or of slow
// requests are still too many.
func fast() map[string]string {
	return map[string]string{
		spec.AnnotationStrategy:     "canary",
		spec.AnnotationSteps:        "10@1s,50@1s,100@1s",
		spec.AnnotationMaxErrorRate: "20%",
		spec.AnnotationMaxLatency:   "p80<500ms",
	}
}

// ungated are annotations without gates.
func ungated(more map[string]string) map[string]string {
	annotations := map[string]string{spec.AnnotationMaxErrorRate: "off", spec.AnnotationMaxLatency: "off"}
	maps.Copy(annotations, more)
	return annotations
}

// binaryEnv names another controller to test.
const binaryEnv = "SLUICE_CONTROLLER"

// start runs a controller for the stage's namespace.
func (s *stage) start(with setup) {
	s.Helper()
	binary := os.Getenv(binaryEnv)
	if binary != "" {
		var err error
		binary, err = filepath.Abs(binary)
		require.NoError(s, err)
	}
	var err error
	s.controller, err = plane.StartController(s.ctx, cluster.ControllerOptions{
		Binary: binary, Kubeconfig: with.kubeconfig, Args: s.flags(with.flags), Name: "controller-" + s.namespace,
	})
	require.NoError(s, err)
	s.Cleanup(func() {
		if s.Failed() {
			logs, _ := s.controller.Logs() // what there is
			s.Logf("controller of %s:\n%s", s.namespace, logs)
		}
		require.NoError(s, s.quit())
	})
}

// quit stops the controller, if it runs, in good order: what it was doing is done.
func (s *stage) quit() error {
	select {
	case <-s.controller.Done():
		return nil
	default:
		return s.controller.Stop()
	}
}

func (s *stage) flags(more map[string]string) []string {
	flags := map[string]string{
		"namespaces": s.namespace, "prometheus-address": plane.PrometheusURL(), "prometheus-timeout": "3s",
		"settle": "1s", "drain": "1s", "interval": "1s", "scrape-interval": "1s",
		"leader-elect": "false", "brake": string(s.brake), "log-level": "debug", "log-format": "console",
	}
	maps.Copy(flags, more)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		args = append(args, "--"+name+"="+flags[name])
	}
	return args
}
