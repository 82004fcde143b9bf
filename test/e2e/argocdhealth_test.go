package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// The health of what is no run: nobody there to make one, an obstacle, the way in and the way out.
func TestScenario40_ArgoCDsHealthWhereNothingRuns(t *testing.T) {
	t.Parallel()
	with := setup{brake: strategy.BrakePaused, idle: true, virtualService: handwritten}
	s := newStage(t, with)
	j := newJudge(s)
	said := func() verdict { return j.tell(question{Do: "health", Live: j.liveDeployment()}) }

	require.NoError(t, s.app.Apply(s.ctx, plane))
	s.patch(map[string]any{"spec": map[string]any{"paused": true}})
	s.until("the pause", func() bool { return s.deployment().Spec.Paused })
	assert.Equal(t, isSuspended, said().Health, "annotated and paused, and Sluice is not there")
	assert.Equal(t, []string{"scale"}, j.menu(), "and there is nobody to give a command")

	s.start(with)
	s.await(metav1.ConditionTrue)
	j.becomes(isHealthy)
	s.kubectl(cluster.Developer, "annotate", "--overwrite", "deployment", "shop", spec.AnnotationSteps+"=ten")
	s.says(spec.ReasonInvalidAnnotation)
	j.becomes(isDegraded)
	assert.Contains(t, said().Message, `InvalidAnnotation: Deployment `+s.namespace+`/shop: sluice.dev/steps: "ten"`)
	assert.Equal(t, []string{"scale"}, j.menu(), "blocked: nothing to command")
	s.kubectl(cluster.Developer, "annotate", "--overwrite", "deployment", "shop", spec.AnnotationSteps+"=10@pause")
	s.await(metav1.ConditionTrue)
	j.becomes(isHealthy)

	s.push("v2", nil)
	s.await(metav1.ConditionUnknown)
	s.kubectl(cluster.Developer, "annotate", "deployment", "shop", spec.AnnotationStrategy+"-")
	s.until("a plain Deployment", func() bool {
		d := s.deployment()
		return condition(d, spec.ConditionPromoted) == nil && cluster.RolledOut(d)
	})
	assert.Equal(t, isHealthy, said().Health, "released, and rolled out by Kubernetes")
	assert.Equal(t, []string{"pause", "restart", "scale"}, j.menu(), "Argo CD's own")
	j.act("pause", nil)
	assert.Equal(t, isSuspended, said().Health)
	assert.Equal(t, []string{"restart", "resume", "scale"}, j.menu())
	j.act("resume", nil)
	j.becomes(isHealthy)
	j.act("restart", nil)
	s.until("a rolling restart", func() bool { return len(s.versionsOf("v2")) == 3 })
	j.becomes(isHealthy)
	for _, e := range s.seen.of(deployments, s.app.Name) {
		assert.NotEqual(t, "Unknown", j.tell(question{Do: "health", Live: e.object.Object}).Health, "revision %d", e.revision)
	}
}

func TestScenario40_ArgoCDsHealthOfAFirstRolloutIsItsOwn(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{brake: strategy.BrakeAdmission})
	j := newJudge(s)
	second := s.app
	second.Name, second.Env = "cart", map[string]string{"READY_AFTER": "2s"}
	require.NoError(t, second.Apply(s.ctx, plane))
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, "cart", cluster.RolledOut)
	require.NoError(t, err)
	s.until("cart at rest", func() bool {
		all := s.seen.of(deployments, "cart")
		c := condition(deploymentOf(s, all[len(all)-1].object), spec.ConditionPromoted)
		return c != nil && c.Status == "True"
	})
	first := 0
	for _, e := range s.seen.of(deployments, "cart") {
		c := condition(deploymentOf(s, e.object), spec.ConditionPromoted)
		if c == nil || c.Reason != string(spec.ReasonFirstRollout) {
			continue
		}
		first++
		got, own := j.tell(question{Do: "health", Live: e.object.Object}), j.tell(question{Do: "builtin", Live: e.object.Object})
		assert.Equal(t, own, got, "revision %d", e.revision)
	}
	assert.Positive(t, first, "states of a first roll-out")
}

// A sync isn't over before what has a wave or a hook behind it is healthy, and until then Argo CD syncs no other commit.
func TestScenario40_ArgoCDWaitsForTheRunWithWhateverComesAfterTheDeployment(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{brake: strategy.BrakeAdmission, virtualService: handwritten, app: cluster.App{
		Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@pause"}),
	}})
	s.annotate()
	j := newJudge(s)
	s.app.Version = "v2"
	targets := j.manifests()
	require.NoError(t, unstructured.SetNestedField(targets[1], "1", "metadata", "annotations", "argocd.argoproj.io/sync-wave"))
	v := j.tell(question{Do: "sync", Application: j.application(), Targets: targets})
	assert.Equal(t, "Running", v.Phase, "the Service comes in a wave of its own, after the Deployment")
	assert.Contains(t, v.Message, "waiting for healthy state of apps/Deployment/shop")
	s.await(metav1.ConditionUnknown, spec.ReasonApproval)
	j.becomes(isProgressing)
}
