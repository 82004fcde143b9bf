package command_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/cli/clitest"
	"github.com/sluice-dev/sluice/pkg/cli/command"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func verbs() []spec.Verb {
	return []spec.Verb{spec.VerbApprove, spec.VerbPromote, spec.VerbAbort, spec.VerbRetry, spec.VerbPause, spec.VerbResume}
}

func TestWhatCanBeCommandedWhen(t *testing.T) {
	forced := clitest.Waiting()
	forced.Record.Run.Forced = true
	handed := clitest.Promoting()
	handed.ReplicaSets[1].OwnerReferences[0] = clitest.Owner("Deployment", "deployment")
	going := clitest.Aborted()
	going.Record.Run.Phase = strategy.RunAborting
	approved := clitest.Approval()
	approved.Record.Run.Approved = 2
	coming := clitest.Approval() // the step's weight is not given yet
	coming.Record.Run.Weight = 10
	early := clitest.Preview() // its pods are not ready yet
	early.Record.Run.FirstAt, early.Record.Run.Weights = time.Time{}, nil
	unmanaged := clitest.Waiting()
	delete(unmanaged.Deployment.Annotations, spec.AnnotationStrategy)
	another := clitest.Aborted()
	another.Deployment.Spec.Template.Labels["v"] = "3"
	for says, c := range map[string]struct {
		state *clitest.State
		can   []spec.Verb
		// refused says what must be in the refusals of these verbs.
		refused map[spec.Verb]string
	}{
		"at rest": {clitest.AtRest(), nil, map[spec.Verb]string{spec.VerbAbort: "nothing to abort: no run goes on (AtRest, Promoted)"}},
		"waiting for evidence": {
			clitest.Waiting(),
			[]spec.Verb{spec.VerbPromote, spec.VerbAbort, spec.VerbPause},
			map[spec.Verb]string{
				spec.VerbApprove: "does not wait for it (Held at step 1 of 3, 10 %, WaitingForEvidence)",
				spec.VerbRetry:   "run 4 is not aborted", spec.VerbResume: "is not paused",
			},
		},
		"waiting for approval": {clitest.Approval(), []spec.Verb{spec.VerbApprove, spec.VerbPromote, spec.VerbAbort, spec.VerbPause}, nil},
		"approved already":     {approved, []spec.Verb{spec.VerbPromote, spec.VerbAbort, spec.VerbPause}, nil},
		"on its way to a step that waits": {
			coming,
			[]spec.Verb{spec.VerbPromote, spec.VerbAbort, spec.VerbPause},
			map[spec.Verb]string{spec.VerbApprove: "nothing to approve yet: run 4 is on its way to step 2"},
		},
		"a preview that waits for approval": {clitest.Preview(), []spec.Verb{spec.VerbApprove, spec.VerbPromote, spec.VerbAbort, spec.VerbPause}, nil},
		"a preview that comes up": {
			early,
			[]spec.Verb{spec.VerbPromote, spec.VerbAbort, spec.VerbPause},
			map[spec.Verb]string{spec.VerbApprove: "nothing to approve yet: run 4 is on its way to the preview"},
		},
		"baking": {
			clitest.Baking(),
			[]spec.Verb{spec.VerbPromote, spec.VerbAbort, spec.VerbPause},
			map[spec.Verb]string{spec.VerbApprove: "does not wait for it (Shifting at the bake, 100 %, StepTime)"},
		},
		"testers first":      {clitest.Testers(), []spec.Verb{spec.VerbApprove, spec.VerbPromote, spec.VerbAbort, spec.VerbPause}, nil},
		"waiting for a hook": {clitest.Hooked(), []spec.Verb{spec.VerbPromote, spec.VerbAbort, spec.VerbPause}, nil},
		"aborted by a hook":  {clitest.HookFailed(), []spec.Verb{spec.VerbRetry}, nil},
		"paused": {
			clitest.Paused(),
			[]spec.Verb{spec.VerbApprove, spec.VerbPromote, spec.VerbAbort, spec.VerbResume},
			map[spec.Verb]string{spec.VerbPause: "paused already"},
		},
		"forced": {forced, []spec.Verb{spec.VerbAbort, spec.VerbPause}, map[spec.Verb]string{spec.VerbPromote: "by command already"}},
		"promoting": {
			clitest.Promoting(), []spec.Verb{spec.VerbAbort}, map[spec.Verb]string{spec.VerbPause: "every step of run 4 has passed"},
		},
		"handed over": {handed, nil, map[spec.Verb]string{spec.VerbAbort: "can't be aborted any more"}},
		"going back":  {going, nil, map[spec.Verb]string{spec.VerbAbort: "is being aborted", spec.VerbRetry: "is not aborted"}},
		"aborted":     {clitest.Aborted(), []spec.Verb{spec.VerbRetry}, map[spec.Verb]string{spec.VerbPromote: "was aborted 10s ago; retry it"}},
		"another template was pushed": {
			another, nil, map[spec.Verb]string{spec.VerbRetry: "another template was pushed"},
		},
		"not annotated": {unmanaged, nil, map[spec.Verb]string{spec.VerbAbort: "has no annotation sluice.dev/strategy"}},
	} {
		t.Run(says, func(t *testing.T) {
			r := c.state.Rollout()
			var can []spec.Verb
			for _, verb := range verbs() {
				err := command.Check(verb, r)
				if err == nil {
					can = append(can, verb)
					continue
				}
				var refusal command.Refusal
				require.ErrorAs(t, err, &refusal)
				assert.Contains(t, err.Error(), "deployment/shop")
				assert.Contains(t, err.Error(), c.refused[verb])
			}
			assert.Equal(t, c.can, can)
		})
	}
	t.Run("a record that can't be read takes no command", func(t *testing.T) {
		o := clitest.Waiting().Complete()
		o.Record.Data[strategy.RecordKey] = "{"
		r := rollout.Of(o)
		require.ErrorContains(t, command.Check(spec.VerbAbort, &r), "can't be read")
	})
}

func TestRestart(t *testing.T) {
	require.NoError(t, command.CheckRestart(clitest.AtRest().Rollout()))
	require.NoError(t, command.CheckRestart(clitest.Blocked().Rollout()))
	require.ErrorContains(t, command.CheckRestart(clitest.Waiting().Rollout()), "a run goes on")
	require.ErrorContains(t, command.CheckRestart(clitest.Pushed().Rollout()), "a run goes on")
	require.ErrorContains(t, command.CheckRestart(clitest.Aborted().Rollout()), "retry does that")
}

func TestTaken(t *testing.T) {
	handled := func(verb spec.Verb) *rollout.Rollout {
		s := clitest.Approval()
		s.Record.Run.Handled = verb
		return s.Rollout()
	}
	before := clitest.Approval().Rollout()
	for _, verb := range verbs() {
		assert.False(t, command.Taken(verb, before, before), verb)
		assert.True(t, command.Taken(verb, before, clitest.Promoted().Rollout()), "%s: the run is over", verb)
	}
	for _, verb := range []spec.Verb{spec.VerbApprove, spec.VerbPromote, spec.VerbPause, spec.VerbResume} {
		assert.True(t, command.Taken(verb, before, handled(verb)))
	}
	assert.True(t, command.Taken(spec.VerbAbort, before, clitest.Aborted().Rollout()))
	again := clitest.Waiting()
	again.Record.Run.ID, again.Record.Run.Number = "bc4d5f7g9h-5-2", 5
	assert.True(t, command.Taken(spec.VerbRetry, clitest.Aborted().Rollout(), again.Rollout()))
}

func TestEffect(t *testing.T) {
	again := clitest.Waiting()
	again.Record.Run.ID, again.Record.Run.Number = "bc4d5f7g9h-5-2", 5
	other := clitest.Waiting()
	other.Record.Run.ID, other.Record.Run.Number = "hash-5-2", 5
	other.Record.Run.Canary = strategy.Ref{Name: "shop-hash", Hash: "hash"}
	swapping := clitest.Preview()
	swapping.Record.Run.Step, swapping.Record.Run.Approved = 1, 1
	for says, c := range map[string]struct {
		verb        spec.Verb
		before, now *clitest.State
		want        command.Progress
		text        string
	}{
		"approved, and still there":                 {spec.VerbApprove, clitest.Approval(), clitest.Approval(), command.Waiting, ""},
		"approved, and past the last step":          {spec.VerbApprove, clitest.Approval(), clitest.Promoting(), command.Done, "run 4 is past step 2"},
		"approved, and past the step":               {spec.VerbApprove, clitest.Waiting(), clitest.Approval(), command.Done, "run 4 is past step 1"},
		"a preview approved, and judged":            {spec.VerbApprove, clitest.Preview(), clitest.PreviewJudged(), command.Waiting, ""},
		"a preview approved, and about to swap":     {spec.VerbApprove, clitest.Preview(), swapping, command.Waiting, ""},
		"a preview approved, and swapped":           {spec.VerbApprove, clitest.Preview(), clitest.Baking(), command.Done, "run 4 is past the preview"},
		"testers approved, and on":                  {spec.VerbApprove, clitest.Testers(), clitest.Approval(), command.Done, "run 4 is past step 1"},
		"promoted, and waiting for a hook":          {spec.VerbPromote, clitest.Hooked(), clitest.Hooked(), command.Waiting, ""},
		"promoted, and aborted by a hook":           {spec.VerbPromote, clitest.Hooked(), clitest.HookFailed(), command.Failed, "HookFailed: verify"},
		"approved, and aborted by a gate":           {spec.VerbApprove, clitest.Approval(), clitest.Aborted(), command.Failed, "aborted (GateFailed: error-rate"},
		"promoted, and promoting":                   {spec.VerbPromote, clitest.Approval(), clitest.Promoting(), command.Waiting, ""},
		"promoted":                                  {spec.VerbPromote, clitest.Approval(), clitest.Promoted(), command.Done, "run 4 of shop-bc4d5f7g9h: promoted"},
		"promoted, and aborted by a gate":           {spec.VerbPromote, clitest.Approval(), clitest.Aborted(), command.Failed, "aborted"},
		"aborted":                                   {spec.VerbAbort, clitest.Waiting(), clitest.Aborted(), command.Done, "aborted"},
		"aborted, but promoted before":              {spec.VerbAbort, clitest.Promoting(), clitest.Promoted(), command.Failed, "promoted"},
		"aborted, and draining":                     {spec.VerbAbort, clitest.Waiting(), clitest.Waiting(), command.Waiting, ""},
		"paused":                                    {spec.VerbPause, clitest.Approval(), clitest.Paused(), command.Done, "is paused"},
		"not paused yet":                            {spec.VerbPause, clitest.Approval(), clitest.Approval(), command.Waiting, ""},
		"resumed":                                   {spec.VerbResume, clitest.Paused(), clitest.Approval(), command.Done, "goes on"},
		"resumed, and at its end":                   {spec.VerbResume, clitest.Paused(), clitest.Promoted(), command.Done, "promoted"},
		"retried":                                   {spec.VerbRetry, clitest.Aborted(), again, command.Done, "run 5 has begun"},
		"not retried yet":                           {spec.VerbRetry, clitest.Aborted(), clitest.Aborted(), command.Waiting, ""},
		"another template was faster":               {spec.VerbRetry, clitest.Aborted(), other, command.Failed, "of another version: shop-hash"},
		"the template was reverted instead":         {spec.VerbRetry, clitest.Aborted(), clitest.AtRest(), command.Failed, "took the place of run 4"},
		"the record was lost, and nothing is known": {spec.VerbAbort, clitest.Waiting(), clitest.AtRest(), command.Failed, "does not say"},
	} {
		t.Run(says, func(t *testing.T) {
			got, text := command.Effect(c.verb, c.before.Rollout(), c.now.Rollout())
			assert.Equal(t, c.want, got)
			assert.Contains(t, text, c.text)
		})
	}
}

func TestSettled(t *testing.T) {
	retried := clitest.Aborted().Annotate(spec.AnnotationCommand, "retry bc4d5f7g9h")
	for says, c := range map[string]struct {
		state *clitest.State
		want  command.Progress
	}{
		"at rest": {clitest.AtRest(), command.Done}, "pushed": {clitest.Pushed(), command.Waiting}, "starting": {clitest.Starting(), command.Waiting},
		"waiting": {clitest.Waiting(), command.Waiting}, "promoting": {clitest.Promoting(), command.Waiting}, "aborted": {clitest.Aborted(), command.Failed},
		"about to be retried": {retried, command.Waiting}, "blocked": {clitest.Blocked(), command.Failed},
	} {
		t.Run(says, func(t *testing.T) {
			got, text := command.Settled(c.state.Rollout())
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.want == command.Waiting, text == "")
		})
	}
}

func TestGiven(t *testing.T) {
	for _, verb := range verbs() {
		assert.Regexp(t, `^deployment/shop \w+`, command.Given(verb, clitest.Approval().Rollout()))
	}
	assert.Contains(t, command.Given(spec.VerbApprove, clitest.Preview().Rollout()), "approved: run 4, canary shop-bc4d5f7g9h at 0 %, the preview")
	assert.Contains(t, command.Given(spec.VerbPause, clitest.Hooked().Rollout()), "paused: run 4, canary shop-bc4d5f7g9h on its way to step 1")
	assert.Contains(t, command.Given(spec.VerbAbort, clitest.Hooked().Rollout()), "all traffic stays with shop-z5w66qg5m9")
	assert.Contains(t, command.Given(spec.VerbAbort, clitest.Baking().Rollout()), "all traffic goes to shop-z5w66qg5m9")
}
