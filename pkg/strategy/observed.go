package strategy

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// Observed is everything that Plan knows of the world. Absent is nil, never an error. It is read-only.
type Observed struct {
	Settings Settings
	// Key names the Deployment, also when it is gone.
	Key Key
	// Deployment is nil when there is none by that name.
	Deployment *Deployment
	// ReplicaSets are those of the namespace that the Deployment's selector matches, whoever owns them.
	ReplicaSets []ReplicaSet
	// Record is nil when there is none.
	Record *Record
	// RecordProblem says why the record that is there can't be read.
	RecordProblem string
	// Services are the candidates: those whose selector matches the Deployment's pods, the one that the annotation names, those
	// that carry this Deployment's mark, and the canary's Service of each.
	Services []Service
	// Routes are the VirtualServices, of any namespace that can be seen, that lead to a candidate Service or govern its host.
	Routes []Route
	// Policies are the DestinationRules of the namespace that are for exactly a candidate Service, and ours for its canary.
	Policies []Policy
	// Alerts are the rules that the Spec names, as gates; AlertProblem says why they, or some of them, can't be gates.
	Alerts       []analysis.Alert
	AlertProblem string
	// CanaryPods and StablePods are those of the run; nil when they are not known.
	CanaryPods, StablePods *Pods
	// CronJobs are those that the hooks of the Spec and of the run name, by name; what is absent is not in it.
	CronJobs map[string]CronJob
	// Jobs are those that Sluice has made for this Deployment.
	Jobs []Job
	// Verdict is the newest judgement of the run; nil when there is none yet.
	Verdict *analysis.Verdict
}

// Key is a namespaced name.
type Key struct{ Namespace, Name string }

// String is namespace/name.
func (k Key) String() string { return k.Namespace + "/" + k.Name }

// Brake is what keeps an annotated Deployment from rolling out by itself.
type Brake string

const (
	// BrakeAdmission: a MutatingAdmissionPolicy pauses the Deployment in the write that changes its template; it rests unpaused.
	BrakeAdmission Brake = "admission"
	// BrakePaused: the Deployment rests paused.
	BrakePaused Brake = "paused"
)

// Settings are the controller's, the same for every Deployment.
type Settings struct {
	Brake Brake
	// Settle is how long the mesh is given to learn of a change before anything relies on it.
	Settle time.Duration
	// Drain is how long a version keeps its pods after it lost its traffic.
	Drain time.Duration
	// Stale is the age at which a verdict no longer counts.
	Stale time.Duration
	// Sight is how long it takes until what happens is seen in a verdict.
	Sight time.Duration
	// Prometheus is true when an address is configured.
	Prometheus bool
	// Mesh is true when the cluster serves VirtualServices.
	Mesh bool
	// Domain is the cluster's DNS domain.
	Domain string
	// Leaving is true when Sluice is being uninstalled: every Deployment is treated as if it weren't annotated.
	Leaving bool
}

// Deployment is what matters of the user's Deployment.
type Deployment struct {
	Key
	UID, ResourceVersion string
	// Deleting is true from the moment that it has a deletion timestamp.
	Deleting bool
	Paused   bool
	// Replicas is spec.replicas.
	Replicas int
	// MaxSurge is the rolling update's, resolved to pods for Replicas.
	MaxSurge int
	// ProgressDeadline is spec.progressDeadlineSeconds.
	ProgressDeadline time.Duration
	// Template is the fingerprint of spec.template without the label pod-template-hash.
	Template string
	// Conditions are status.conditions.
	Conditions []Condition
}

// Condition is a condition of the Deployment.
type Condition struct {
	Type, Status, Reason, Message string
	// UpdatedAt is lastUpdateTime.
	UpdatedAt time.Time
	// Transition is true in a write that changes Status.
	Transition bool
}

// Owner says whose controller reference a ReplicaSet carries.
type Owner string

const (
	// OwnedByDeployment: the Deployment manages it.
	OwnedByDeployment Owner = "deployment"
	// OwnedByRecord: Sluice holds it beside the Deployment.
	OwnedByRecord Owner = "record"
	// OwnedByOther: someone else.
	OwnedByOther Owner = "other"
	// OwnedByNobody: held once, but the record was lost.
	OwnedByNobody Owner = "nobody"
)

// ReplicaSet is what matters of a ReplicaSet.
type ReplicaSet struct {
	Name, UID, ResourceVersion string
	// Hash is its label pod-template-hash.
	Hash     string
	Owner    Owner
	Deleting bool
	// Replicas is spec.replicas, Actual status.replicas, Available status.availableReplicas.
	Replicas, Actual, Available int
	// Template is the fingerprint of spec.template without the label pod-template-hash.
	Template  string
	CreatedAt time.Time
	// Revision is true when it has been the Deployment's own at some time.
	Revision bool
}

// held says whether Sluice holds it beside the Deployment, or has done so under a record that was lost.
func (rs *ReplicaSet) held() bool { return rs.Owner == OwnedByRecord || rs.Owner == OwnedByNobody }

// running says whether it has pods or is to have some.
func (rs *ReplicaSet) running() bool { return rs.Replicas > 0 || rs.Actual > 0 }

// Service is what matters of a Service and its EndpointSlices.
type Service struct {
	Name, ResourceVersion string
	Selector              map[string]string
	// RunBy is the value of the mark, empty when there is none.
	RunBy string
	// Managed is true when Sluice made it for this Deployment.
	Managed bool
	// Matches is true when its selector, apart from our pin, matches the pods of the Deployment.
	Matches bool
	// Ports is a fingerprint of its ports.
	Ports string
	// PinBefore is the version that this process saw it pinned to before the present one, PinSince when that changed; zero: it hasn't.
	PinBefore string
	PinSince  time.Time
	// Manager is the field manager who last wrote it and isn't Sluice.
	Manager string
	// GRPC is true when one of its ports speaks gRPC, whose clients may take their configuration from the mesh without a proxy.
	GRPC bool
	// SharedWith names another annotated Deployment whose pods it selects as well.
	SharedWith string
	// SeenSince is when this process first saw its endpoints.
	SeenSince time.Time
	// Ready tells by ReplicaSet how many ready endpoints there are and since when; Changed when that number last changed.
	Ready   map[string]Levels
	Changed map[string]time.Time
}

// Policy is the user's DestinationRule for a Service, and the one of ours that gives its traffic policy to the canary's.
type Policy struct {
	// Service is the user's.
	Service string
	// Source is the name of the user's rule; empty: there is none.
	Source string
	// ResourceVersion is that of ours; empty: there is none.
	ResourceVersion string
	// Equal is true when ours says what the user's does.
	Equal bool
}

// Route is what matters of a VirtualService.
type Route struct {
	Key
	ResourceVersion string
	// Service is the candidate Service that it leads to or whose host it governs.
	Service string
	// RunBy is the value of the mark, empty when there is none.
	RunBy string
	// Managed is true when Sluice made it for a run of this Deployment.
	Managed bool
	// View is what it shows of the Service now.
	View traffic.View
	// Listed is true when it may be edited: its namespace is the Deployment's own, or one that the controller's flags list.
	Listed bool
	// Problem says why it can't be edited.
	Problem string
	// Missing are the VirtualServices that it delegates to and that aren't there.
	Missing []string
	// ShownSince is when this process first saw what View shows. First is true when it was so at the first look.
	ShownSince time.Time
	First      bool
	// Previous is what this process saw before, of Weight -1 when it saw nothing else.
	Previous traffic.View
	// Manager is the field manager who last wrote it and isn't Sluice.
	Manager string
}
