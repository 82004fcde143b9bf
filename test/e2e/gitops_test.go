package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestScenario40_AToolThatIgnoresTheDocumentedFieldsDoesNotFight(t *testing.T) {
	t.Parallel()
	for name, serverSide := range map[string]bool{"client-side, paused": false, "server-side, admission": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: braked(serverSide), virtualService: handwritten, app: cluster.App{
				Annotations: map[string]string{spec.AnnotationSteps: "10@1s,100@1s"},
			}})
			g := s.managedByGit(gitTool{serverSide: serverSide, ignores: ignored()}, handwritten)
			g.commit("")
			s.await(metav1.ConditionTrue)
			stablePods, _ := s.live()
			users := s.load(50)
			g.push("v2", nil)
			s.promoted(1)
			g.worked()

			assert.Equal(t, []int{10, 100, 0}, s.weights(), "seen in the VirtualService")
			written, _ := s.weightDeeds()
			assert.Equal(t, []int{10, 100, 0}, written, "Sluice had to write each but once")
			assert.Equal(t, []string{hashOf(s.stable), hashOf(s.canary("v2")), ""}, s.pins())
			final, _ := s.live()
			assert.Equal(t, final, s.podsOf(s.canary("v2")), "the version never had other pods")
			s.keptStableUntil(s.handedOver(s.canary("v2")), stablePods)
			s.unfought()
			users.unharmed()
			s.toldOutsidersLate(users, s.canary("v2"))
			s.restored()
			assert.Equal(t, s.restsBraked(), s.deployment().Spec.Paused)
		})
	}
}

// braked is one of the brakes for each way to apply.
func braked(serverSide bool) strategy.Brake {
	if serverSide {
		return strategy.BrakeAdmission
	}
	return strategy.BrakePaused
}

func TestScenario40_AToolThatIgnoresTheDocumentedFieldsLetsAnAbortStand(t *testing.T) {
	t.Parallel()
	for name, serverSide := range map[string]bool{"client-side, admission": false, "server-side, paused": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: braked(!serverSide), virtualService: handwritten})
			g := s.managedByGit(gitTool{serverSide: serverSide, ignores: ignored()}, handwritten)
			g.commit("")
			s.await(metav1.ConditionTrue)
			stablePods, _ := s.live()
			users := s.load(60)
			g.push("v2", map[string]string{"ERROR_RATE": "0.9"})
			pipeline := s.rolloutStatus()
			condition := s.aborted(1)
			assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
			g.worked()

			assert.Equal(t, []int{10, 0}, s.weights(), "seen in the VirtualService")
			written, _ := s.weightDeeds()
			assert.Equal(t, []int{10, 0}, written, "Sluice had to write each but once")
			assert.Len(t, s.versionsOf("v2"), 1, "applying the aborted version again is no new one")
			s.unfought()
			users.unharmed()
			s.isOver(stablePods, pipeline)
		})
	}
}

func TestScenario40_AToolThatIgnoresThePinLetsABlueGreenSwapStand(t *testing.T) {
	t.Parallel()
	for name, serverSide := range map[string]bool{"client-side, paused": false, "server-side, admission": true} {
		for _, ill := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, ill %t", name, ill), func(t *testing.T) {
				t.Parallel()
				s := newBlueGreen(t, setup{brake: braked(serverSide), virtualService: handwritten}, nil)
				g := s.managedByGit(gitTool{serverSide: serverSide, ignores: ignored()}, handwritten)
				g.commit("")
				s.await(metav1.ConditionTrue)
				stablePods, _ := s.live()
				users := s.load(60)
				if !ill {
					g.push("v2", nil)
					s.promoted(1)
					g.worked()
					assert.Equal(t, []string{hashOf(s.stable), hashOf(s.canary("v2")), ""}, s.pins())
					assert.Len(t, s.pinDeeds(), 3, "Sluice's writes to the Service")
				} else {
					g.push("v2", map[string]string{"ERROR_RATE": "0.5"})
					pipeline := s.rolloutStatus()
					condition := s.aborted(1)
					assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
					g.worked()
					assert.Equal(t, []string{hashOf(s.stable), hashOf(s.canary("v2")), hashOf(s.stable), ""}, s.pins())
					assert.Len(t, s.pinDeeds(), 4, "Sluice's writes to the Service")
					s.isOver(stablePods, pipeline)
				}
				s.unfought()
				users.unharmed()
				s.restored()
			})
		}
	}
}

// unfought asserts that nobody has ever undone what Sluice did.
func (s *stage) unfought() {
	s.Helper()
	events, err := plane.Client().CoreV1().Events(s.namespace).List(s.ctx, metav1.ListOptions{})
	require.NoError(s, err)
	for i := range events.Items {
		for _, reason := range []spec.Reason{spec.ReasonReverted, spec.ReasonContested, spec.ReasonCaptured} {
			assert.NotEqual(s, string(reason), events.Items[i].Reason, events.Items[i].Message)
		}
	}
}

func TestScenario40_AToolThatIgnoresNothingHasTheLastWord(t *testing.T) {
	t.Parallel()
	routes, pin := "the weight in VirtualService ", "the selector of Service shop was changed 3 times by field manager \"argocd-controller\""
	for name, c := range map[string]struct {
		serverSide bool
		ignores    []string
		says       string
	}{
		"of the VirtualService, client-side":                  {says: routes},
		"of the VirtualService, server-side":                  {serverSide: true, ignores: []string{"Service"}, says: routes},
		"of the Service, which only server-side apply undoes": {serverSide: true, ignores: []string{"VirtualService"}, says: pin},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{
				brake: braked(!c.serverSide), virtualService: handwritten,
				// While the tool unpins the Service it leads to a canary that is being taken away, which ends in good order.
				app: cluster.App{Env: map[string]string{"SHUTDOWN_DELAY": "1s"}},
			})
			ignores := map[string][][]string{}
			for _, kind := range c.ignores {
				ignores[kind] = ignored()[kind]
			}
			g := s.managedByGit(gitTool{serverSide: c.serverSide, ignores: ignores}, handwritten)
			g.commit("")
			s.await(metav1.ConditionTrue)
			stablePods, _ := s.live()
			users := s.load(50)
			g.push("v2", s.app.Env)
			pipeline := s.rolloutStatus()
			condition := s.aborted(1)
			g.worked()

			assert.Equal(t, string(spec.ReasonContested), condition.Reason)
			assert.Contains(t, condition.Message, c.says)
			assert.Contains(t, condition.Message, `was changed 3 times by field manager "argocd-controller"`)
			assert.Contains(t, condition.Message, "ignoreDifferences")
			s.warned(spec.ReasonReverted, gitManager)
			s.warned(spec.ReasonContested, gitManager)
			assert.NotContains(t, s.weights(), 50, "no step was passed on evidence of mixed weights")
			users.unharmed()
			s.isOver(stablePods, pipeline)
		})
	}
}
