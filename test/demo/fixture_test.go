package main

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/demo/observe"
	"github.com/sluice-dev/sluice/test/mesh"
)

var ready = metav1.NewTime(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))

// podsOf are ready pods of a version.
func podsOf(version string) []*corev1.Pod {
	var pods []*corev1.Pod
	for i := range replicas {
		pods = append(pods, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{UID: types.UID(fmt.Sprintf("%s-%d", version, i))},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Env: []corev1.EnvVar{{Name: "VERSION", Value: version}}}}},
			Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{
				Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: ready,
			}}},
		})
	}
	return pods
}

// snapshot of a namespace in which one version serves.
func snapshot(version string, status corev1.ConditionStatus, reason spec.Reason, weights ...int) observe.Snapshot {
	pods := podsOf(version)
	s := observe.Snapshot{
		Deployment: &appsv1.Deployment{Status: appsv1.DeploymentStatus{Conditions: []appsv1.DeploymentCondition{{
			Type: spec.ConditionPromoted, Status: status, Reason: string(reason),
		}}}},
		Pods: pods, Serving: observe.UIDs(pods), Record: &strategy.Record{},
		Service: &corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": name}}},
		Routes:  map[string]any{"hosts": []any{name}},
	}
	for _, w := range weights {
		s.Weights = append(s.Weights, observe.WeightChange{Weight: w})
		s.Weight = w
	}
	return s
}

// healthyRun is the first run of the story as it should be seen.
func healthyRun() (run, seen) {
	r := story()[0]
	after := snapshot(r.to, corev1.ConditionTrue, spec.ReasonPromoted, 0, 10, 50, 100, 0)
	after.Record = &strategy.Record{Runs: 1, History: []strategy.Summary{{
		Number: 1, Result: strategy.ResultPromoted, Reason: spec.ReasonPromoted,
		Gates: []analysis.Gate{{Name: "error-rate", Outcome: analysis.Pass, Message: "error-rate: 0/9: pass"}},
	}}}
	return r, seen{
		before: snapshot(r.from, corev1.ConditionTrue, spec.ReasonPromoted, 0), after: after,
		judged: observe.Identities(podsOf(r.to)), users: mesh.Snapshot{Served: 100}, took: 34 * time.Second,
	}
}

// faultyRun is the second.
func faultyRun() (run, seen) {
	r := story()[1]
	before := snapshot(r.from, corev1.ConditionTrue, spec.ReasonPromoted, 0)
	before.Record = &strategy.Record{Runs: 1}
	after := snapshot(r.from, corev1.ConditionFalse, spec.ReasonGateFailed, 0, 10, 0)
	after.Record = &strategy.Record{Runs: 2, Run: &strategy.Run{Phase: strategy.RunAborted}, History: []strategy.Summary{{
		Number: 2, Result: strategy.ResultAborted, Reason: spec.ReasonGateFailed, Message: "all of it",
		Gates: []analysis.Gate{
			{Name: "error-rate", Outcome: analysis.Fail, Message: "error-rate: 6/31: abort"},
			{Name: "latency", Outcome: analysis.Wait, Message: "latency: 0/31: wait"},
		},
	}}}
	return r, seen{before: before, after: after, users: mesh.Snapshot{Served: 100, FailedByVersion: 5}, took: 8 * time.Second}
}
