package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/demo/observe"
	"github.com/sluice-dev/sluice/test/mesh"
)

// seen is what was seen of a run from outside.
type seen struct {
	before, after observe.Snapshot
	// judged are the identities of the canary's pods when it had all traffic; nil if it never had.
	judged []string
	users  mesh.Snapshot
	took   time.Duration
	// err is why the run has not come to an end.
	err error
}

// play pushes the version of a run and watches what comes of it. over is called when it has ended, the calm after it is part of
// what is counted. It returns early, with an error in seen, only when ctx ends or the run takes too long.
func (s *stage) play(ctx context.Context, r run, over func(seen)) seen {
	before, started := s.observer.Snapshot(), s.load.Snapshot()
	result := seen{before: before}
	finish := func(err error) seen {
		result.after, result.err = s.observer.Snapshot(), err
		result.users = s.load.Snapshot().Since(started)
		return result
	}
	bounded, cancel := context.WithTimeoutCause(ctx, limit, errors.New("it has not ended within "+limit.String()))
	defer cancel()

	began := time.Now()
	s.app.Version, s.app.Env = r.to, r.env
	if err := s.app.Apply(bounded, s.cluster); err != nil {
		return finish(err)
	}
	end := ended(before)
	now, err := s.observer.Await(bounded, func(now observe.Snapshot) bool { return now.Weight == 100 || end(now) })
	if err == nil && now.Weight == 100 {
		result.judged = observe.Identities(now.PodsOf(r.to))
		_, err = s.observer.Await(bounded, end)
	}
	result.took = time.Since(began)
	if err != nil {
		return finish(err)
	}
	over(finish(nil))
	if err := wait(ctx, calm); err != nil {
		return finish(err)
	}
	return finish(nil)
}

// wait lets time pass.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// atRest says whether the Deployment is Sluice's and nothing goes on.
func atRest(s observe.Snapshot) bool {
	c := s.Promoted()
	return c != nil && c.Status == corev1.ConditionTrue && s.Record != nil && s.Record.Run == nil
}

// runs is how many have begun, whatever came of them.
func runs(s observe.Snapshot) int {
	if s.Record == nil {
		return 0
	}
	return s.Record.Runs
}

// ended says whether a run that began after a snapshot is over: decided, pods of one version alone left, and everything of the
// user's as it was. What never is as it was ends by the limit of time and is told by the check.
func ended(before observe.Snapshot) func(observe.Snapshot) bool {
	return func(s observe.Snapshot) bool {
		c := s.Promoted()
		if c == nil || c.Status == corev1.ConditionUnknown || last(s) == nil || last(s).Number <= runs(before) {
			return false
		}
		if s.Record.Run != nil && s.Record.Run.Phase != strategy.RunAborted {
			return false
		}
		return len(versions(s)) == 1 && len(s.Pods) == replicas && slices.Equal(s.Serving, observe.UIDs(s.Pods)) && restored(before, s)
	}
}

// restored says whether the user's objects are as they were.
func restored(before, after observe.Snapshot) bool {
	return equality.Semantic.DeepEqual(before.Routes, after.Routes) && before.Service != nil && after.Service != nil &&
		equality.Semantic.DeepEqual(before.Service.Spec.Selector, after.Service.Spec.Selector)
}

// last is the newest run in the record's history; nil when there is none.
func last(s observe.Snapshot) *strategy.Summary {
	if s.Record == nil || len(s.Record.History) == 0 {
		return nil
	}
	return &s.Record.History[0]
}

// versions of the live pods, sorted.
func versions(s observe.Snapshot) []string {
	var list []string
	for _, pod := range s.Pods {
		list = append(list, observe.VersionOf(pod.Spec))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// reason is why a run ended so, in numbers: what the gates said when the decision was made.
func reason(s *strategy.Summary) string {
	if s == nil {
		return ""
	}
	var decided []string
	for _, g := range s.Gates {
		if s.Result == strategy.ResultPromoted || g.Outcome == analysis.Fail {
			decided = append(decided, g.Message)
		}
	}
	if len(decided) == 0 {
		return s.Message
	}
	return strings.Join(decided, "; ")
}
