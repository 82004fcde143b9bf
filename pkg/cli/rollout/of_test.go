package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/cli/clitest"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestPhases(t *testing.T) {
	change := func(s *clitest.State, change func(*clitest.State)) *clitest.State {
		change(s)
		return s
	}
	for says, c := range map[string]struct {
		state *clitest.State
		want  rollout.Phase
	}{
		"at rest":                             {clitest.AtRest(), rollout.AtRest},
		"a template that nobody has taken up": {clitest.Pushed(), rollout.Pending},
		"its run has begun":                   {clitest.Starting(), rollout.Starting},
		"waiting for evidence":                {clitest.Waiting(), rollout.Held},
		"waiting for approval":                {clitest.Approval(), rollout.Held},
		"promoting":                           {clitest.Promoting(), rollout.Promoting},
		"promoted":                            {clitest.Promoted(), rollout.AtRest},
		"aborted":                             {clitest.Aborted(), rollout.Aborted},
		"blocked":                             {clitest.Blocked(), rollout.Blocked},
		"blocked with a new template, it says why": {clitest.Pushed().Says("False", spec.ReasonServiceNotFound, "", 0), rollout.Blocked},
		"not annotated":                        {change(clitest.AtRest(), func(s *clitest.State) { delete(s.Deployment.Annotations, spec.AnnotationStrategy) }), rollout.Unmanaged},
		"annotated a moment ago":               {change(clitest.AtRest(), func(s *clitest.State) { s.Deployment.Status.Conditions, s.Record = nil, nil }), rollout.Unseen},
		"the record is ahead of the condition": {clitest.Starting().Says("True", spec.ReasonPromoted, "", time.Hour), rollout.Starting},
		"the weight is ahead of the condition": {clitest.Waiting().Says("Unknown", spec.ReasonSettling, "", 0), rollout.Shifting},
		"the end is ahead of the condition":    {clitest.Promoted().Says("Unknown", spec.ReasonPromoting, "", 0), rollout.Promoting},
		"held before its first weight":         {clitest.Starting().Says("Unknown", spec.ReasonWarning, "", 0), rollout.Held},
		"the step's time":                      {clitest.Waiting().Says("Unknown", spec.ReasonHolding, "", 0), rollout.Shifting},
		"going back":                           {change(clitest.Aborted(), func(s *clitest.State) { s.Record.Run.Phase = strategy.RunAborting }), rollout.Aborting},
		"the first roll-out":                   {change(clitest.AtRest(), func(s *clitest.State) { s.Record = nil }).Says("Unknown", spec.ReasonFirstRollout, "", 0), rollout.Starting},
		"another template after an abort":      {change(clitest.Aborted(), func(s *clitest.State) { s.Deployment.Spec.Template.Labels["v"] = "3" }), rollout.Pending},
		"a record that can't be read is no evidence": {change(clitest.Waiting(), func(s *clitest.State) { s.Record.Run.Phase = "Odd" }).
			Says("False", spec.ReasonRecordUnreadable, "", 0), rollout.Blocked},
	} {
		t.Run(says, func(t *testing.T) {
			assert.Equal(t, c.want, c.state.Rollout().Phase)
		})
	}
}

func TestARecordThatCantBeRead(t *testing.T) {
	for says, text := range map[string]string{"not JSON": "{", "an unknown phase": `{"stable":{"name":"a","hash":"b"},"runs":1,"run":{"phase":"Odd"}}`} {
		t.Run(says, func(t *testing.T) {
			s := clitest.Waiting()
			o := s.Complete()
			o.Record.Data[strategy.RecordKey] = text
			r := rollout.Of(o)
			assert.Contains(t, r.RecordProblem, "ConfigMap shop-sluice")
			assert.Nil(t, r.Run)
			assert.Nil(t, r.Canary)
		})
	}
	t.Run("fields of a later version do no harm to those who only look", func(t *testing.T) {
		o := clitest.AtRest().Complete()
		o.Record.Data[strategy.RecordKey] = `{"later":1,` + o.Record.Data[strategy.RecordKey][1:]
		r := rollout.Of(o)
		assert.Empty(t, r.RecordProblem)
		assert.NotEmpty(t, r.History)
	})
}

func TestVersions(t *testing.T) {
	r := clitest.Starting().Rollout()
	assert.Equal(t, &rollout.Version{
		ReplicaSet: clitest.CanaryRS, Hash: "bc4d5f7g9h", Images: []string{"registry.example/team/shop:v2"}, Wanted: 1,
		Troubles: []string{"container app: ImagePullBackOff"},
	}, r.Canary)
	assert.True(t, r.Stable.Owned)
	assert.Equal(t, 10, r.Stable.Ready)

	s := clitest.Starting()
	s.Pods[0].Status.ContainerStatuses[0].State.Waiting.Reason = "ContainerCreating"
	s.Pods[0].Status.ContainerStatuses[0].RestartCount = 2
	s.Pods = append(s.Pods, *s.Pods[0].DeepCopy(), *s.Pods[0].DeepCopy())
	s.Pods[1].OwnerReferences[0].UID = "another"
	gone := metav1.NewTime(clitest.Now())
	s.Pods[2].DeletionTimestamp = &gone
	r = s.Rollout()
	assert.Empty(t, r.Canary.Troubles, "a container that is being made has no trouble")
	assert.Equal(t, 2, r.Canary.Restarts, "those of others and of pods on their way out don't count")

	s.ReplicaSets = s.ReplicaSets[:1]
	assert.Equal(t, &rollout.Version{ReplicaSet: clitest.CanaryRS, Hash: "bc4d5f7g9h"}, s.Rollout().Canary, "a ReplicaSet that is gone has no pods")
}

func TestEventsAreTheDeploymentsOwnInTheOrderOfTime(t *testing.T) {
	s := clitest.AtRest().Happened(time.Minute, "Normal", "Second", "b").Happened(2*time.Minute, "Warning", "First", "a")
	foreign := s.Events[0]
	foreign.InvolvedObject.Kind = "ReplicaSet"
	former := s.Events[0]
	former.InvolvedObject.UID = "an earlier Deployment of this name"
	series := s.Events[0]
	series.Reason, series.Count, series.Series = "Third", 0, &corev1.EventSeries{LastObservedTime: metav1.NewMicroTime(clitest.Ago(time.Second))}
	s.Events = append(s.Events, foreign, former, series)
	assert.Equal(t, []rollout.Event{
		{At: clitest.Ago(2 * time.Minute), Warning: true, Reason: "First", Message: "a", Count: 1},
		{At: clitest.Ago(time.Minute), Reason: "Second", Message: "b", Count: 1},
		{At: clitest.Ago(time.Second), Reason: "Third", Message: "b", Count: 1},
	}, s.Rollout().Events)
}

func TestEvidenceSaysWhereItIsFrom(t *testing.T) {
	for says, c := range map[string]struct {
		state  *clitest.State
		source rollout.Source
		run    int
	}{
		"the condition, while a step is judged": {clitest.Waiting(), rollout.FromCondition, 4},
		"the last decision, while it waits":     {clitest.Approval(), rollout.FromDecision, 4},
		"the end of an aborted run":             {clitest.Aborted(), rollout.FromEnd, 4},
		"the end of the last run, at rest":      {clitest.AtRest(), rollout.FromEnd, 3},
		"nothing, before the first weight":      {clitest.Starting(), rollout.FromNothing, 0},
	} {
		t.Run(says, func(t *testing.T) {
			e := c.state.Rollout().Evidence
			assert.Equal(t, c.source, e.Source)
			assert.Equal(t, c.run, e.Run)
		})
	}
	alert := named(clitest.Aborted().Rollout().Evidence.Gates, "alert/PodGone")
	assert.Nil(t, alert.Canary, "a rule that is true or not counts nothing")
	assert.Nil(t, alert.Abort)
}
