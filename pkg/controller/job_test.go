package controller

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestJobAsPlanSeesIt(t *testing.T) {
	t.Parallel()
	ended := time.Date(2026, 1, 1, 12, 0, 30, 0, time.UTC)
	const at = `lastTransitionTime: "2026-01-01T12:00:30Z"`
	for says, c := range map[string]struct {
		spec, status string
		want         strategy.Job
	}{
		"made just now":                  {`{}`, `{}`, strategy.Job{State: strategy.JobRunning, Message: "0 of 1 done"}},
		"a pod that isn't ready":         {`{completions: 1}`, `{active: 1, ready: 0}`, strategy.Job{State: strategy.JobRunning, Message: "0 of 1 done, 1 active (0 ready)"}},
		"a pod that runs":                {`{completions: 3}`, `{active: 1, ready: 1, succeeded: 1}`, strategy.Job{State: strategy.JobRunning, Message: "1 of 3 done, 1 active (1 ready)"}},
		"another try after a failed one": {`{completions: 1}`, `{active: 1, failed: 2}`, strategy.Job{State: strategy.JobRunning, Message: "0 of 1 done, 1 active (0 ready), 2 failed"}},
		"failed, but a pod still ends": {
			`{completions: 1}`, `{active: 1, failed: 1, conditions: [{type: FailureTarget, status: "True", reason: DeadlineExceeded}]}`,
			strategy.Job{State: strategy.JobRunning, Message: "0 of 1 done, 1 active (0 ready), 1 failed, ending its pods because of DeadlineExceeded"},
		},
		"enough have succeeded, but a pod still ends": {
			`{completions: 1}`, `{active: 1, succeeded: 1, conditions: [{type: SuccessCriteriaMet, status: "True"}]}`,
			strategy.Job{State: strategy.JobRunning, Message: "1 of 1 done, 1 active (0 ready)"},
		},
		"suspended": {`{completions: 1, suspend: true}`, `{conditions: [{type: Suspended, status: "True"}]}`, strategy.Job{
			State: strategy.JobRunning, Message: "0 of 1 done, suspended by somebody",
		}},
		"succeeded": {`{completions: 1}`, `{succeeded: 1, conditions: [{type: SuccessCriteriaMet, status: "True"}, {type: Complete, status: "True", reason: CompletionsReached, ` + at + `}]}`, strategy.Job{
			State: strategy.JobSucceeded, EndedAt: ended,
		}},
		"failed": {`{completions: 1}`, `{failed: 1, conditions: [{type: Failed, status: "True", reason: BackoffLimitExceeded, message: "Job has reached the specified backoff limit", ` + at + `}]}`, strategy.Job{
			State: strategy.JobFailed, Message: "BackoffLimitExceeded: Job has reached the specified backoff limit", EndedAt: ended,
		}},
		"failed without words":        {`{}`, `{conditions: [{type: Failed, status: "True", reason: Why, ` + at + `}]}`, strategy.Job{State: strategy.JobFailed, Message: "Why", EndedAt: ended}},
		"a condition that isn't true": {`{}`, `{conditions: [{type: Failed, status: "False"}]}`, strategy.Job{State: strategy.JobRunning, Message: "0 of 1 done"}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			j, err := asJob(parsed(t, `
apiVersion: batch/v1
kind: Job
metadata:
  namespace: ns
  name: shop-before-x
  uid: u
  resourceVersion: "7"
  labels: {sluice.dev/managed: hook, sluice.dev/run: abc-12-1795400000, sluice.dev/hook: before}
  annotations: {sluice.dev/run-number: "12"}
spec: `+c.spec+`
status: `+c.status))
			require.NoError(t, err)
			c.want.Name, c.want.UID, c.want.ResourceVersion = "shop-before-x", "u", "7"
			c.want.Run, c.want.Number, c.want.Hook = "abc-12-1795400000", 12, spec.HookBefore
			assert.Equal(t, c.want, j.observed())
		})
	}
}

func TestJobWithoutAStatusIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	j, err := asJob(parsed(t, `{apiVersion: batch/v1, kind: Job, metadata: {namespace: ns, name: x, deletionTimestamp: "2026-01-01T00:00:00Z"}}`))
	require.NoError(t, err)
	assert.Equal(t, strategy.Job{Name: "x", State: strategy.JobRunning, Message: "0 of 1 done, being deleted"}, j.observed())
	_, err = asJob(parsed(t, `{apiVersion: batch/v1, kind: Job, metadata: {name: x}, status: {active: many}}`))
	require.ErrorContains(t, err, "job /x")
}
