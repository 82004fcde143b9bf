package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// ills are all faults, each with what the condition must say of it.
func ills() map[string]struct {
	fault
	says string
} {
	type ill = struct {
		fault
		says string
	}
	return map[string]ill{
		"down":              {down, "connection refused"},
		"slow":              {slow, "deadline exceeded"},
		"wrong_address":     {stranger, "does not speak like Prometheus"},
		"answering_500":     {broken, "answers with an error"},
		"answering_NaN":     {nonsense, ""},
		"answering_nothing": {empty, "has no series of stable's pods"},
	}
}

// blindStage is an application with traffic in the middle of a run whose controller can't see anything.
func blindStage(t *testing.T, f fault, env, annotations map[string]string) (*stage, *users, *illPrometheus) {
	t.Helper()
	prometheus := newIllPrometheus(t, f)
	s := newStage(t, setup{
		virtualService: handwritten,
		flags:          map[string]string{"prometheus-address": prometheus.url(), "prometheus-timeout": "2s"},
		app:            cluster.App{Annotations: annotations},
	})
	s.annotate()
	users := s.load(60)
	s.push("v2", env)
	s.untilWeight(10)
	return s, users, prometheus
}

func TestScenario32_APrometheusThatCannotBeAskedHoldsTheRun(t *testing.T) {
	t.Parallel()
	for name, ill := range ills() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, users, _ := blindStage(t, ill.fault, nil, map[string]string{
				// Too little to see is no reason to be promoted even then.
				spec.AnnotationMaxHold: maxHold.String(), spec.AnnotationOnInconclusive: string(spec.InconclusivePromote),
			})
			s.holds(spec.ReasonBlind)
			s.stays(10, longAfter)
			s.holds(spec.ReasonBlind, ill.says)

			// What a person says counts all the same, and at once.
			s.command(spec.VerbAbort, s.canary("v2"))
			condition := s.aborted(1)
			assert.Equal(t, string(spec.ReasonCommand), condition.Reason)
			assert.Equal(t, []int{10, 0}, s.weights())
			assert.Less(t, s.obeyed(), time.Second, "from the command to the routes")
			users.unharmed()
			s.cleared(s.canary("v2"))
			s.restored()
		})
	}
}

// obeyed is the time from the developer's last write to the Deployment to Sluice's last one to the VirtualService.
func (s *stage) obeyed() time.Duration {
	s.Helper()
	said := only(s.deeds(cluster.Developer), deployments, s.app.Name)
	_, done := s.weightDeeds()
	require.NotEmpty(s, said)
	return done[len(done)-1].Sub(said[len(said)-1].Time)
}

func TestScenario33_APrometheusThatIsBackBringsAllItsEvidence(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"down", "slow", "answering_500"} {
		t.Run(name+"_then_passing", func(t *testing.T) {
			t.Parallel()
			s, users, prometheus := blindStage(t, ills()[name].fault, nil, nil)
			s.holds(spec.ReasonBlind)
			users.blindly("v2", 90)
			users.unharmed()
			// Nobody calls any more: what lets the run go on was all gathered while nobody could look.
			prometheus.become(healthy)
			s.untilWeight(50)
			again := s.load(60)
			s.promoted(1)
			assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
			again.unharmed()
			s.restored()
		})
	}
	// An answer is an answer: what it leaves out speaks for nobody when it is there after all, but it does speak against.
	for _, name := range []string{"down", "slow", "answering_nothing"} {
		t.Run(name+"_then_failing", func(t *testing.T) {
			t.Parallel()
			s, users, prometheus := blindStage(t, ills()[name].fault, map[string]string{"ERROR_RATE": "0.6"}, nil)
			s.holds(spec.ReasonBlind)
			users.blindly("v2", 40)
			users.unharmed()
			prometheus.become(healthy)
			condition := s.aborted(1)
			assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
			assert.Equal(t, []int{10, 0}, s.weights())
			s.restored()
		})
	}
}
