package strategy

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// Action is one thing to do. Each is idempotent and carries the resourceVersion that it was decided on, so that a controller
// with an old view of the world writes nothing.
//
//sumtype:decl
type Action interface{ action() }

// WriteRecord creates or replaces the record.
type WriteRecord struct {
	Record Record
	// BestEffort lets the actions after it go ahead when the write fails, except by a conflict: an abort must not wait for it.
	BestEffort bool
}

// SetBrake sets the Deployment's spec.paused.
type SetBrake struct {
	ResourceVersion string
	Paused          bool
}

// Pin points the user's Service at one version, or at all its pods again when Hash is empty, and sets or removes the mark.
type Pin struct {
	Service, ResourceVersion string
	Hash                     string
}

// EnsureCanaryService makes the canary's Service like the user's, or points it at Hash.
type EnsureCanaryService struct {
	// Service is the user's, Name the canary's.
	Service, Name string
	// ResourceVersion is empty when it is to be made.
	ResourceVersion string
	Hash            string
}

// CreateCanary makes the ReplicaSet with the Deployment's template, held by the record.
type CreateCanary struct {
	Ref
	// DeploymentVersion is the resourceVersion of the Deployment whose template it was decided on.
	DeploymentVersion string
	Template          string
	Replicas          int
}

// Capture takes a ReplicaSet from the Deployment: its controller becomes the record.
type Capture struct{ Name, ResourceVersion string }

// HandOver gives the canary's ReplicaSet to the Deployment.
type HandOver struct {
	Name, ResourceVersion string
	// Replicas and MaxReplicas become the annotations desired-replicas and max-replicas, without which the Deployment controller
	// would take the ReplicaSet for an unsaturated one and recreate pods
	// (k8s.io/kubernetes v1.37.2, pkg/controller/deployment/util/deployment_util.go, IsSaturated).
	Replicas, MaxReplicas int
}

// Scale sets a ReplicaSet's spec.replicas.
type Scale struct {
	Name, ResourceVersion string
	Replicas              int
}

// DeleteReplicaSet deletes a ReplicaSet and its pods.
type DeleteReplicaSet struct{ Name, UID, ResourceVersion string }

// SetWeight splits the routes of a VirtualService and sets the mark.
type SetWeight struct {
	Route           Key
	ResourceVersion string
	Target          traffic.Target
	// Only names the routes to edit; empty: all that lead to the Service.
	Only  []string
	Share traffic.Share
}

// RestoreRoute takes our part out of a VirtualService again, mark included.
type RestoreRoute struct {
	Route           Key
	ResourceVersion string
	Target          traffic.Target
}

// CreateRoute makes a VirtualService for the run.
type CreateRoute struct {
	Route  Key
	Target traffic.Target
	Share  traffic.Share
}

// DeleteRoute deletes the VirtualService that was made for the run.
type DeleteRoute struct {
	Route           Key
	ResourceVersion string
}

// EnsurePolicy gives the canary's Service the traffic policy of the DestinationRule Source, which is for exactly the user's.
type EnsurePolicy struct {
	Source string
	Target traffic.Target
	// ResourceVersion is that of ours; empty when it is to be made.
	ResourceVersion string
}

// DeletePolicy deletes the DestinationRule that EnsurePolicy made.
type DeletePolicy struct {
	Target          traffic.Target
	ResourceVersion string
}

// SetConditions sets conditions of the Deployment; one with an empty Status is removed.
type SetConditions struct {
	ResourceVersion string
	Conditions      []Condition
}

// DeleteService deletes a Service that Sluice has made and that the annotations ask for no more.
type DeleteService struct{ Name, ResourceVersion string }

// Forget deletes what Sluice still owns for a Deployment that is no longer its own: the canary's Services and the record.
type Forget struct{ Services []string }

// CreateJob runs a hook: a Job made from a CronJob's template.
type CreateJob struct {
	Hook    spec.Hook
	Name    string
	CronJob string
	// Run and Number are the run's.
	Run    string
	Number int
	// Deadline becomes activeDeadlineSeconds where the template has none.
	Deadline time.Duration
	// Env is added to every container.
	Env map[string]string
}

// DeleteJob deletes a Job of a run that has left the history, with its pods.
type DeleteJob struct{ Name, UID, ResourceVersion string }

// Emit tells users of a transition by an event on the Deployment.
type Emit struct {
	Warning bool
	Reason  spec.Reason
	Message string
}

func (WriteRecord) action()         {}
func (SetBrake) action()            {}
func (Pin) action()                 {}
func (EnsureCanaryService) action() {}
func (CreateCanary) action()        {}
func (Capture) action()             {}
func (HandOver) action()            {}
func (Scale) action()               {}
func (DeleteReplicaSet) action()    {}
func (SetWeight) action()           {}
func (RestoreRoute) action()        {}
func (CreateRoute) action()         {}
func (DeleteRoute) action()         {}
func (EnsurePolicy) action()        {}
func (DeletePolicy) action()        {}
func (SetConditions) action()       {}
func (DeleteService) action()       {}
func (Forget) action()              {}
func (CreateJob) action()           {}
func (DeleteJob) action()           {}
func (Emit) action()                {}
