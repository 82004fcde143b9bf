package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestRunsAsTheyShouldBe(t *testing.T) {
	r, s := healthyRun()
	o := outcome(1, r, s)
	assert.Empty(t, o.Complaints)
	assert.Equal(t, promoted, o.Result)
	assert.Equal(t, []int{10, 50, 100}, o.Weights)
	assert.True(t, o.SamePods)
	assert.Equal(t, "error-rate: 0/9: pass", o.Reason)
	assert.True(t, ended(s.before)(s.after))
	assert.False(t, ended(s.after)(s.after), "the run before is not this one")

	r, s = faultyRun()
	o = outcome(2, r, s)
	assert.Empty(t, o.Complaints)
	assert.Equal(t, aborted, o.Result)
	assert.Equal(t, []int{10}, o.Weights)
	assert.True(t, o.SamePods)
	assert.Equal(t, "error-rate: 6/31: abort", o.Reason, "only the gate that decided is the reason")
	assert.True(t, ended(s.before)(s.after))
}

func TestWhatIsNotAsItShouldBeIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		of    func() (run, seen)
		spoil func(*seen)
		tells string
	}{
		"a run that doesn't end":             {healthyRun, func(s *seen) { s.err = errors.New("3m") }, "has not ended: 3m\nit is unfinished"},
		"another weight":                     {healthyRun, func(s *seen) { s.after.Weights = s.after.Weights[2:] }, "weights [100]"},
		"a weight that stays":                {healthyRun, func(s *seen) { s.after.Weight = 10 }, "10 % to the canary's Service after the end"},
		"a request that the roll-out failed": {healthyRun, func(s *seen) { s.users.FailedByRollout = 1 }, "roll-out itself failed 1"},
		"a load that was not served":         {healthyRun, func(s *seen) { s.users.Served = 0 }, "no request was served"},
		"a healthy version that fails":       {healthyRun, func(s *seen) { s.users.FailedByVersion = 1 }, "1 requests were failed by the version"},
		"a faulty version nobody met":        {faultyRun, func(s *seen) { s.users.FailedByVersion = 0 }, "0 requests were failed by the version"},
		"judged pods that were replaced":     {healthyRun, func(s *seen) { s.after.Pods[3].UID = "another" }, "not those that were judged"},
		"judged pods that were restarted": {healthyRun, func(s *seen) {
			s.after.Pods[3].Status.ContainerStatuses = []corev1.ContainerStatus{{RestartCount: 1}}
		}, "not those that were judged"},
		"pods that were never judged":       {healthyRun, func(s *seen) { s.judged = nil }, "not those that were judged"},
		"a pod of stable that was replaced": {faultyRun, func(s *seen) { s.after.Pods[0].UID = "another" }, "stable's pods are not the same"},
		"the old version after a promotion": {healthyRun, func(s *seen) { s.after.Pods = podsOf("v1") }, "unfinished and should be promoted"},
		"a promotion of a faulty version": {faultyRun, func(s *seen) {
			s.after.Deployment.Status.Conditions[0].Status = corev1.ConditionTrue
			s.after.Pods = podsOf("v3")
		}, "promoted and should be aborted"},
		"a pod that serves no more":     {healthyRun, func(s *seen) { s.after.Serving = s.after.Serving[1:] }, "not the live pods"},
		"a VirtualService that differs": {healthyRun, func(s *seen) { s.after.Routes = map[string]any{} }, "not what the user wrote"},
		"a Service that stays pinned":   {faultyRun, func(s *seen) { s.after.Service.Spec.Selector["pod-template-hash"] = "x" }, "not what the user wrote"},
		"a record without the run":      {healthyRun, func(s *seen) { s.after.Record.History = nil }, "nothing of the run"},
		"a record that disagrees": {healthyRun, func(s *seen) {
			s.after.Record.History[0].Result = strategy.ResultAborted
		}, "the record calls it aborted"},
		"a record of an earlier run": {faultyRun, func(s *seen) { s.after.Record.History[0].Number = 1 }, "nothing of the run"},
		"fewer pods than wanted": {healthyRun, func(s *seen) {
			s.after.Pods, s.judged = s.after.Pods[:1], s.judged[:1]
		}, "not those that were judged"},
		"another gate": {faultyRun, func(s *seen) {
			s.after.Record.History[0].Gates[0].Outcome = analysis.Pass
		}, "gate error-rate should have failed"},
		"another reason": {faultyRun, func(s *seen) {
			s.after.Record.History[0].Reason = spec.ReasonDeadline
		}, "the reason in the record is ProgressDeadlineExceeded"},
		"another reason in the condition": {faultyRun, func(s *seen) {
			s.after.Deployment.Status.Conditions[0].Reason = string(spec.ReasonDeadline)
		}, "it should be GateFailed there and in the condition"},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := c.of()
			c.spoil(&s)
			assert.Contains(t, strings.Join(outcome(1, r, s).Complaints, "\n"), c.tells)
		})
	}
}
