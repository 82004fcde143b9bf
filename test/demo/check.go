package main

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/demo/observe"
	"github.com/sluice-dev/sluice/test/demo/view"
)

// outcome is what a run came to, and what about it was not as it should be.
func outcome(number int, r run, s seen) view.Outcome {
	o := view.Outcome{
		Number: number, Name: r.name, Result: result(r, s), Weights: weights(s), Took: s.took,
		Served: s.users.Served, FailedByVersion: s.users.FailedByVersion, FailedByRollout: s.users.FailedByRollout,
		SamePods: samePods(r, s),
	}
	if own := ownSummary(s); own != nil {
		o.Reason = reason(own)
	}
	for _, check := range []func(run, seen, view.Outcome) []string{
		checkEnd, checkWeights, checkUsers, checkPods, checkRestored, checkClaims,
	} {
		o.Complaints = append(o.Complaints, check(r, s, o)...)
	}
	return o
}

// result as the pods that serve and the condition tell it.
func result(r run, s seen) string {
	c := s.after.Promoted()
	serving := versions(s.after)
	switch {
	case s.err != nil || c == nil:
		return unfinished
	case c.Status == corev1.ConditionTrue && slices.Equal(serving, []string{r.to}):
		return promoted
	case c.Status == corev1.ConditionFalse && slices.Equal(serving, []string{r.from}):
		return aborted
	}
	return unfinished
}

// weights that the VirtualService had during the run, without the zero at its end.
func weights(s seen) []int {
	list := []int{}
	for _, w := range s.after.Weights[min(len(s.before.Weights), len(s.after.Weights)):] {
		if w.Weight > 0 {
			list = append(list, w.Weight)
		}
	}
	return list
}

// samePods says whether the pods that should stay did: those that were judged with all the traffic, or stable's.
func samePods(r run, s seen) bool {
	if r.result == promoted {
		return len(s.judged) == replicas && slices.Equal(s.judged, observe.Identities(s.after.PodsOf(r.to)))
	}
	return len(s.before.Pods) == replicas && slices.Equal(observe.Identities(s.before.Pods), observe.Identities(s.after.PodsOf(r.from)))
}

// ownSummary is what Sluice recorded of the run; nil when it is not there.
func ownSummary(s seen) *strategy.Summary {
	if own := last(s.after); own != nil && own.Number > runs(s.before) {
		return own
	}
	return nil
}

func checkEnd(r run, s seen, o view.Outcome) (wrong []string) {
	if s.err != nil {
		wrong = append(wrong, fmt.Sprintf("the run has not ended: %v", s.err))
	}
	if o.Result != r.result {
		wrong = append(wrong, fmt.Sprintf("it is %s and should be %s", o.Result, r.result))
	}
	return wrong
}

func checkWeights(r run, s seen, o view.Outcome) (wrong []string) {
	if !slices.Equal(o.Weights, r.weights) {
		wrong = append(wrong, fmt.Sprintf("the VirtualService had the weights %v and should have had %v", o.Weights, r.weights))
	}
	if s.after.Weight != 0 {
		wrong = append(wrong, fmt.Sprintf("the VirtualService gives %d %% to the canary's Service after the end", s.after.Weight))
	}
	return wrong
}

func checkUsers(r run, _ seen, o view.Outcome) (wrong []string) {
	if o.FailedByRollout > 0 {
		wrong = append(wrong, fmt.Sprintf("the roll-out itself failed %d requests", o.FailedByRollout))
	}
	if o.Served == 0 {
		wrong = append(wrong, "no request was served")
	}
	if faulty := r.env["ERROR_RATE"] != ""; faulty != (o.FailedByVersion > 0) {
		wrong = append(wrong, fmt.Sprintf("%d requests were failed by the version", o.FailedByVersion))
	}
	return wrong
}

func checkPods(r run, s seen, o view.Outcome) (wrong []string) {
	kept := "stable's pods are not the same as before, or one of them was restarted or unready"
	if r.result == promoted {
		kept = "the pods that serve are not those that were judged at 100 %, or one of them was restarted or unready"
	}
	if !o.SamePods {
		wrong = append(wrong, kept)
	}
	if !slices.Equal(s.after.Serving, observe.UIDs(s.after.Pods)) {
		wrong = append(wrong, "the Service's ready endpoints are not the live pods")
	}
	return wrong
}

func checkRestored(_ run, s seen, _ view.Outcome) []string {
	if restored(s.before, s.after) {
		return nil
	}
	return []string{"the VirtualService's spec or the Service's selector is not what the user wrote"}
}

// checkClaims compares what Sluice says of the run with what was seen.
func checkClaims(r run, s seen, o view.Outcome) (wrong []string) {
	own := ownSummary(s)
	if own == nil {
		return []string{"the record has nothing of the run"}
	}
	if string(own.Result) != o.Result {
		wrong = append(wrong, fmt.Sprintf("the record calls it %s", own.Result))
	}
	want := spec.ReasonPromoted
	if r.gate != "" {
		want = spec.ReasonGateFailed
		failed := func(g analysis.Gate) bool { return g.Outcome == analysis.Fail && g.Name == r.gate }
		if !slices.ContainsFunc(own.Gates, failed) {
			wrong = append(wrong, fmt.Sprintf("gate %s should have failed: %s", r.gate, own.Message))
		}
	}
	if c := s.after.Promoted(); own.Reason != want || c == nil || c.Reason != string(want) {
		wrong = append(wrong, fmt.Sprintf("the reason in the record is %s, it should be %s there and in the condition", own.Reason, want))
	}
	return wrong
}
