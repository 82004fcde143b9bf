package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/demo/observe"
	"github.com/sluice-dev/sluice/test/demo/view"
	"github.com/sluice-dev/sluice/test/mesh"
)

func TestWhy(t *testing.T) {
	for name, c := range map[string]struct {
		reason  spec.Reason
		message string
		want    string
	}{
		"what is on the screen is not repeated": {spec.ReasonGateFailed, "canary shop-x: error-rate: 6/31: abort", "error-rate: 6/31: abort"},
		"numbers that grow old are left out":    {spec.ReasonEvidence, "canary shop-x at 10 %: 40 more requests needed", "collecting evidence"},
		"anything else is told as it is":        {spec.ReasonInvalidAnnotation, "Deployment demo/shop: bad: worse", "Deployment demo/shop: bad: worse"},
	} {
		t.Run(name, func(t *testing.T) {
			s := snapshot("v1", corev1.ConditionUnknown, c.reason)
			s.Deployment.Status.Conditions[0].Message = c.message
			assert.Equal(t, c.want, why(s))
		})
	}
	assert.Equal(t, "not annotated", why(observe.Snapshot{}))
}

func TestGatesOf(t *testing.T) {
	evidence := observe.Gate{Threshold: .05, Abort: observe.Evidence{Log10E: 1, Log10Limit: 2.6}}
	s := observe.Snapshot{
		Record: &strategy.Record{Run: &strategy.Run{Canary: strategy.Ref{Name: "shop-x"}}},
		Counts: observe.Counts{ReplicaSet: "shop-x", Requests: 31, Failed: 6, Slow: 2},
		Gauges: observe.Gauges{Gates: map[string]observe.Gate{"error-rate": evidence}},
	}
	known := view.Gate{Name: "error-rate", Bad: 6, Requests: 31, Threshold: .05, Known: true, Abort: view.Evidence{Log10E: 1, Log10Limit: 2.6}}
	assert.Equal(t, []view.Gate{known, {Name: "latency", Bad: 2, Requests: 31}}, gatesOf(s, observe.Gauges{}))

	t.Run("gauges of the run before are no verdict of this one", func(t *testing.T) {
		assert.False(t, gatesOf(s, s.Gauges)[0].Known)
	})
	t.Run("counts of another ReplicaSet are not the canary's", func(t *testing.T) {
		s.Counts.ReplicaSet = "shop-y"
		assert.Zero(t, gatesOf(s, observe.Gauges{})[0].Requests)
	})
}

func TestUsersOf(t *testing.T) {
	sum := mesh.Snapshot{Served: 9, FailedByVersion: 1, Versions: map[string]mesh.VersionCounts{
		"v10": {Requests: 4}, "v2": {Requests: 5, Failed: 1}, "v1": {},
	}}
	recent := mesh.Snapshot{Versions: map[string]mesh.VersionCounts{"v10": {Requests: 1}, "v2": {Requests: 3}}}
	assert.Equal(t, view.Users{Rate: rate, Served: 9, FailedByVersion: 1, Versions: []view.Version{
		{Name: "v2", Requests: 5, Failed: 1, Share: .75}, {Name: "v10", Requests: 4, Share: .25},
	}}, usersOf(sum, recent))
}

func TestNames(t *testing.T) {
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "shop-x"}}
	rs.Spec.Template.Spec.Containers = []corev1.Container{{Env: []corev1.EnvVar{{Name: "VERSION", Value: "v2"}}}}
	var n names
	n.learn(observe.Snapshot{ReplicaSets: []*appsv1.ReplicaSet{rs}})
	n.learn(observe.Snapshot{})
	assert.Equal(t, "run 1 of v2: bad", n.replace("run 1 of shop-x: bad"))
}

func TestRolloutOf(t *testing.T) {
	_, s := faultyRun()
	s.after.Record.Run.Message = "error-rate: 6/31: abort"
	s.after.Gauges.Phase = "Shifting"
	r := rolloutOf(s.after)
	assert.Equal(t, "Aborted", r.Phase, "the record is newer than the metrics")
	assert.Equal(t, "error-rate: 6/31: abort", r.Why)
	assert.Equal(t, 1, r.Step)

	s.after.Record.Run.Phase = strategy.RunShifting
	assert.Equal(t, "Shifting", rolloutOf(s.after).Phase)

	_, s = healthyRun()
	s.after.Gauges.Phase = "Promoting"
	assert.Equal(t, "AtRest", rolloutOf(s.after).Phase)
	assert.Zero(t, rolloutOf(s.after).Step)
}
