package plugin

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/sluice-dev/sluice/pkg/cli"
	"github.com/sluice-dev/sluice/pkg/cli/terminal"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// stage is one Deployment in a namespace of its own, with a controller of its own.
type stage struct {
	*testing.T
	ctx        context.Context
	namespace  string
	app        cluster.App
	controller *cluster.ControllerProcess
}

// binaryEnv names another controller to test.
const binaryEnv = "SLUICE_CONTROLLER"

// newStage deploys the first version and hands it to Sluice, which waits for approval at the steps that say so.
func newStage(t *testing.T, steps string) *stage {
	t.Helper()
	return newStageWith(t, map[string]string{spec.AnnotationStrategy: "canary", spec.AnnotationSteps: steps})
}

// newStageWith is newStage with annotations, and CronJobs for its hooks.
func newStageWith(t *testing.T, annotations map[string]string, tasks ...cluster.Task) *stage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	namespace, cleanup, err := plane.Namespace(ctx, "plugin")
	require.NoError(t, err)
	t.Cleanup(cleanup)
	s := &stage{T: t, ctx: ctx, namespace: namespace, app: cluster.App{Namespace: namespace, Name: "shop", Replicas: 2, Version: "v1"}}
	_, err = s.app.Deploy(ctx, plane)
	require.NoError(t, err)
	for _, task := range tasks {
		task.Namespace = namespace
		require.NoError(t, task.Apply(ctx, plane))
	}
	s.app.Annotations = map[string]string{spec.AnnotationMaxErrorRate: "off", spec.AnnotationMaxLatency: "off"}
	maps.Copy(s.app.Annotations, annotations)
	binary := os.Getenv(binaryEnv)
	if binary != "" {
		binary, err = filepath.Abs(binary)
		require.NoError(t, err)
	}
	s.controller, err = plane.StartController(ctx, cluster.ControllerOptions{Binary: binary, Name: "controller-" + namespace, Args: []string{
		"--namespaces=" + namespace, "--settle=200ms", "--drain=200ms", "--leader-elect=false", "--brake=paused", "--log-format=console",
	}})
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := s.controller.Logs() // what there is
			t.Logf("controller of %s:\n%s", namespace, logs)
		}
		s.stopController()
	})
	require.NoError(t, s.app.Apply(ctx, plane))
	s.says("True", spec.ReasonPromoted)
	return s
}

func (s *stage) stopController() {
	s.Helper()
	select {
	case <-s.controller.Done():
	default:
		require.NoError(s, s.controller.Stop())
	}
}

// push applies a new version, as a developer does.
func (s *stage) push(version string) {
	s.Helper()
	s.app.Version = version
	require.NoError(s, s.app.Apply(s.ctx, plane))
}

// says waits until the condition has a status and a reason.
func (s *stage) says(status string, reason spec.Reason) {
	s.Helper()
	s.await(func(c appsv1.DeploymentCondition) bool {
		return string(c.Status) == status && c.Reason == string(reason)
	})
}

// at waits until the condition says that the canary has a weight.
func (s *stage) at(weight string) {
	s.Helper()
	s.await(func(c appsv1.DeploymentCondition) bool { return strings.Contains(c.Message, " at "+weight) })
}

func (s *stage) await(promoted func(appsv1.DeploymentCondition) bool) {
	s.Helper()
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
		for _, c := range d.Status.Conditions {
			if c.Type == spec.ConditionPromoted {
				return promoted(c)
			}
		}
		return false
	})
	require.NoError(s, err)
}

// result is what a call of the plugin came to.
type result struct {
	code      int
	out, errs string
}

// as calls the plugin as one of the cluster's users.
func (s *stage) as(user string, args ...string) result {
	s.Helper()
	return s.call(s.ctx, cli.Options{}, append([]string{"--kubeconfig", plane.Kubeconfig(user), "-n", s.namespace}, args...)...)
}

// sluice calls the plugin as the developer.
func (s *stage) sluice(args ...string) result {
	s.Helper()
	return s.as(cluster.Developer, args...)
}

func (s *stage) call(ctx context.Context, o cli.Options, args ...string) result {
	var out, errs bytes.Buffer
	if o.Out == nil {
		o.Out = &out
	}
	o.Err, o.Columns, o.Version, o.Now = &errs, func() int { return 80 }, "test", time.Now
	o.Ability.Unicode = true
	return result{cli.Run(ctx, args, o), out.String(), errs.String()}
}

// good asserts that a call went well and returns what it said.
func (s *stage) good(r result) string {
	s.Helper()
	require.Equal(s, cli.ExitGood, r.code, "%s%s", r.out, r.errs)
	return r.out
}

// bad asserts that a call failed, and with which words.
func (s *stage) bad(r result, says string) {
	s.Helper()
	assert.Equal(s, cli.ExitBad, r.code, "%s%s", r.out, r.errs)
	assert.Contains(s, r.errs, says)
}

// view is a live view that runs beside a test.
type view struct {
	*stage
	file *os.File
	stop context.CancelFunc
	done sync.WaitGroup
	code int
}

// watch begins a live view, drawn on a file of 80 columns and 24 rows, or written as lines.
func (s *stage) watch(live bool) *view {
	s.Helper()
	file, err := os.Create(filepath.Join(s.TempDir(), "screen"))
	require.NoError(s, err)
	ctx, stop := context.WithCancel(s.ctx)
	v := &view{stage: s, file: file, stop: stop}
	o := cli.Options{Out: file, Ability: terminal.Ability{Live: live}, Screen: func() *terminal.Screen { return terminal.Open(file) }}
	v.done.Go(func() {
		v.code = s.call(ctx, o, "--kubeconfig", plane.Kubeconfig(cluster.Developer), "-n", s.namespace, "watch", "shop").code
	})
	return v
}

// shows waits until the view has drawn a text.
func (v *view) shows(text string) {
	v.Helper()
	require.Eventually(v, func() bool {
		drawn, err := os.ReadFile(v.file.Name())
		return err == nil && strings.Contains(string(drawn), text)
	}, time.Minute, 50*time.Millisecond, text)
}

// end ends the view as Ctrl-C does and returns all that it has drawn.
func (v *view) end() string {
	v.Helper()
	v.stop()
	v.done.Wait()
	assert.Equal(v, cli.ExitGood, v.code)
	text, err := os.ReadFile(v.file.Name())
	require.NoError(v, err)
	require.NoError(v, v.file.Close())
	return string(text)
}
