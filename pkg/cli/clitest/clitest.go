// Package clitest has roll-outs in every state, as the API server would have them, for the tests of the packages beside it.
package clitest

import (
	"encoding/json"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// The names in all states.
const (
	Namespace = "web"
	Name      = "shop"
	StableRS  = "shop-z5w66qg5m9"
	CanaryRS  = "shop-bc4d5f7g9h"
	CanaryID  = "bc4d5f7g9h-4-1"
)

// Now is the time in all states; the run began two minutes before.
func Now() time.Time { return time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC) }

// Ago is a time before Now.
func Ago(d time.Duration) time.Time { return Now().Add(-d) }

// State is a roll-out that can be changed before it is looked at.
type State struct {
	rollout.Objects
	// Record is written into the ConfigMap by Rollout; nil: there is none.
	Record *strategy.Record
}

// Rollout is what is made of the state.
func (s *State) Rollout() *rollout.Rollout {
	r := rollout.Of(s.Complete())
	return &r
}

// Complete are the objects, with the record in its ConfigMap.
func (s *State) Complete() rollout.Objects {
	o := s.Objects
	if s.Record != nil {
		text, err := json.Marshal(s.Record)
		if err != nil {
			text = []byte(err.Error()) // which no reader takes for a record
		}
		o.Record = &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: Namespace, Name: strategy.RecordName(Name), UID: "record", Labels: map[string]string{spec.LabelManaged: "record"},
			},
			Data: map[string]string{strategy.RecordKey: string(text)},
		}
	}
	return o
}

// Says sets the condition.
func (s *State) Says(status corev1.ConditionStatus, reason spec.Reason, message string, ago time.Duration) *State {
	s.Deployment.Status.Conditions = []appsv1.DeploymentCondition{
		{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionUnknown, Reason: "DeploymentPaused"},
		{
			Type: spec.ConditionPromoted, Status: status, Reason: string(reason), Message: message,
			LastUpdateTime: metav1.NewTime(Ago(ago)), LastTransitionTime: metav1.NewTime(Ago(2 * time.Minute)),
		},
	}
	return s
}

// Annotate sets an annotation of the Deployment.
func (s *State) Annotate(name, value string) *State {
	s.Deployment.Annotations[name] = value
	return s
}

// Happened adds an event.
func (s *State) Happened(ago time.Duration, kind, reason, message string) *State {
	s.Events = append(s.Events, corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: Namespace},
		InvolvedObject: corev1.ObjectReference{Kind: "Deployment", Name: Name, UID: "deployment"},
		Type:           kind, Reason: reason, Message: message, Count: 1, LastTimestamp: metav1.NewTime(Ago(ago)),
	})
	return s
}

func template(version string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": Name}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "registry.example/team/shop:" + version}}},
	}
}

func replicaSet(name, version string, ready, wanted int32, owner metav1.OwnerReference) appsv1.ReplicaSet {
	t := template(version)
	t.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = name[len(Name)+1:]
	return appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: name, UID: types.UID(name), OwnerReferences: []metav1.OwnerReference{owner}},
		Spec:       appsv1.ReplicaSetSpec{Replicas: &wanted, Template: t},
		Status:     appsv1.ReplicaSetStatus{Replicas: wanted, ReadyReplicas: ready, AvailableReplicas: ready},
	}
}

// Owner is a reference of the controller with a UID.
func Owner(kind string, uid types.UID) metav1.OwnerReference {
	yes := true
	return metav1.OwnerReference{Kind: kind, UID: uid, Controller: &yes}
}

// AtRest has a version that serves and no run; one was promoted an hour ago and one aborted before.
func AtRest() *State {
	replicas := int32(10)
	s := &State{Objects: rollout.Objects{
		At: Now(),
		Deployment: &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: Namespace, Name: Name, UID: "deployment", ResourceVersion: "7",
				Annotations: map[string]string{spec.AnnotationStrategy: "canary", spec.AnnotationSteps: "10@1m,50@pause,100@5m"},
			},
			Spec: appsv1.DeploymentSpec{
				Replicas: &replicas, Template: template("v1"), Paused: true,
				Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": Name}},
			},
		},
		ReplicaSets: []appsv1.ReplicaSet{replicaSet(StableRS, "v1", 10, 10, Owner("Deployment", "deployment"))},
	}, Record: &strategy.Record{Stable: stable(), Runs: 3, History: history()}}
	return s.Says(corev1.ConditionTrue, spec.ReasonPromoted, "ReplicaSet "+StableRS+" serves", time.Hour)
}

func stable() strategy.Ref { return strategy.Ref{Name: StableRS, Hash: "z5w66qg5m9"} }
func canary() strategy.Ref { return strategy.Ref{Name: CanaryRS, Hash: "bc4d5f7g9h"} }

func history() []strategy.Summary {
	old := strategy.Ref{Name: "shop-x6v7w8z9b2", Hash: "x6v7w8z9b2"}
	return []strategy.Summary{
		{
			Number: 3, ID: "z5w66qg5m9-3-1", Canary: stable(), Stable: old, Result: strategy.ResultPromoted, Reason: spec.ReasonPromoted,
			Message: "run 3: " + StableRS + " was promoted in 12m, replacing " + old.Name, StartedAt: Ago(72 * time.Minute), EndedAt: Ago(time.Hour),
			Weights: []strategy.WeightChange{
				{At: Ago(71 * time.Minute), Weight: 10, Reason: spec.ReasonWeight, Message: "step 1 of 3"},
				{At: Ago(70 * time.Minute), Weight: 50, Reason: spec.ReasonWeight, Message: "step 2 of 3"},
				{At: Ago(65 * time.Minute), Weight: 100, Reason: spec.ReasonWeight, Message: "step 3 of 3"},
			},
			Gates: []analysis.Gate{Passing()},
		},
		{
			Number: 2, ID: "q2w4z6b8c9-2-1", Canary: strategy.Ref{Name: "shop-q2w4z6b8c9", Hash: "q2w4z6b8c9"}, Stable: old,
			Result: strategy.ResultAborted, Reason: spec.ReasonGateFailed, Message: Failing().Message,
			StartedAt: Ago(26 * time.Hour), EndedAt: Ago(26*time.Hour - 95*time.Second),
			Weights: []strategy.WeightChange{
				{At: Ago(26*time.Hour - 10*time.Second), Weight: 10, Reason: spec.ReasonWeight, Message: "step 1 of 3"},
				{At: Ago(26*time.Hour - 95*time.Second), Weight: 0, Reason: spec.ReasonGateFailed, Message: Failing().Message},
			},
			Gates: []analysis.Gate{Failing()},
		},
	}
}

// Passing is a gate with enough evidence to go on, Failing one with enough to abort.
func Passing() analysis.Gate {
	return analysis.Gate{
		Name: analysis.GateErrorRate, Outcome: analysis.Pass, Reason: analysis.ReasonEnough,
		Message: "error-rate: canary 1/612 (0.2 %), stable 9/5404 (0.2 %), E 120 ≥ 20: pass", Metric: "http_requests_total",
		Canary: analysis.Counts{Requests: 612, Bad: 1}, Stable: analysis.Counts{Requests: 5404, Bad: 9}, Value: 1. / 612, Threshold: .05,
		Abort: analysis.Weighed{Log10E: -2, Log10Limit: 2.60206}, Promote: analysis.Weighed{Log10E: 2.08, Log10Limit: 1.30103},
	}
}

// Failing is described at Passing.
func Failing() analysis.Gate {
	return analysis.Gate{
		Name: analysis.GateErrorRate, Outcome: analysis.Fail, Reason: analysis.ReasonErrorRate,
		Message: "error-rate: canary 21/104 (20.2 %), stable 2/968 (0.2 %), E 10^9 ≥ 400: abort", Metric: "http_requests_total",
		Canary: analysis.Counts{Requests: 104, Bad: 21}, Stable: analysis.Counts{Requests: 968, Bad: 2}, Value: 21. / 104, Threshold: .05,
		Abort: analysis.Weighed{Log10E: 9.4, Log10Limit: 2.60206}, Promote: analysis.Weighed{Log10E: -8, Log10Limit: 1.30103},
	}
}
