package web

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// About says who answers, and when.
type About struct {
	Version string `json:"version"`
	// Leader is false for a replica that waits in case the leader fails: it has seen nothing.
	Leader bool      `json:"leader"`
	Now    time.Time `json:"now"`
}

// Fleet is every managed Deployment, those that need somebody first.
type Fleet struct {
	About
	Rollouts []Rollout `json:"rollouts"`
}

// Attention is how much a roll-out asks of people.
type Attention string

// The degrees of attention, in the order in which the fleet is sorted.
const (
	// AttentionAct: nothing goes on before somebody does something.
	AttentionAct Attention = "act"
	// AttentionLook: something is not as it should be, and may mend itself.
	AttentionLook Attention = "look"
	// AttentionRun: a run goes on as it should.
	AttentionRun Attention = "run"
	// AttentionRest: nothing goes on.
	AttentionRest Attention = "rest"
)

// Rollout is where one Deployment is.
type Rollout struct {
	Namespace string         `json:"namespace"`
	Name      string         `json:"name"`
	Attention Attention      `json:"attention"`
	Phase     strategy.Phase `json:"phase"`
	Reason    spec.Reason    `json:"reason"`
	Message   string         `json:"message"`
	// Strategy is empty when the annotation can't be read.
	Strategy spec.Strategy `json:"strategy,omitempty"`
	// Since is when the present step, or else phase, began; at rest, when the last run ended.
	Since time.Time `json:"since,omitzero"`
	// Run is the number of the run that goes on or was aborted, Step counts from 1 of Steps; all are 0 at rest.
	Run   int `json:"run"`
	Step  int `json:"step"`
	Steps int `json:"steps"`
	// Weight is the canary's share of the traffic in percent.
	Weight int   `json:"weight"`
	Stable *Pods `json:"stable,omitempty"`
	Canary *Pods `json:"canary,omitempty"`
	// Paused is the Deployment's spec.paused: Kubernetes rolls nothing out by itself.
	Paused bool `json:"paused"`
	// Last is the newest run that ended.
	Last *Ended `json:"last,omitempty"`
}

// Pods are those of one version.
type Pods struct {
	ReplicaSet string `json:"replicaSet"`
	Ready      int    `json:"ready"`
	Wanted     int    `json:"wanted"`
}

// Ended is a run that has.
type Ended struct {
	Run       int             `json:"run"`
	Canary    string          `json:"canary"`
	Result    strategy.Result `json:"result"`
	Reason    spec.Reason     `json:"reason"`
	Message   string          `json:"message"`
	StartedAt time.Time       `json:"startedAt"`
	EndedAt   time.Time       `json:"endedAt"`
	// Weight is the largest that the canary had, in percent.
	Weight int `json:"weight"`
}

// Detail is all that is known of one Deployment.
type Detail struct {
	About
	Rollout
	// Why says what the reason means, Next what would change it.
	Why  string `json:"why"`
	Next string `json:"next"`
	// Commands are what a person can do now.
	Commands []Command `json:"commands"`
	// Shown is the run that gates, weights, hooks and plot are of: the present one, or at rest the last; 0: there was none.
	Shown     int       `json:"shown"`
	StartedAt time.Time `json:"startedAt,omitzero"`
	// EndedAt is zero while the run goes on.
	EndedAt time.Time `json:"endedAt,omitzero"`
	Gates   []Gate    `json:"gates"`
	Weights []Weight  `json:"weights"`
	Hooks   []Hook    `json:"hooks"`
	// Events are what this process has seen happen, newest first, of whatever run.
	Events []Event `json:"events"`
	// Past are the runs that ended, newest first.
	Past []Ended `json:"past"`
	// Plot is null when there are no samples.
	Plot *Plot `json:"plot"`
}

// Command is a line for a shell.
type Command struct {
	Line string `json:"line"`
	Does string `json:"does"`
}

// Gate is the newest judgement of one condition.
type Gate struct {
	Name    string           `json:"name"`
	Title   string           `json:"title"`
	Mode    analysis.Mode    `json:"mode,omitempty"`
	Outcome analysis.Outcome `json:"outcome"`
	Reason  analysis.Reason  `json:"reason"`
	Message string           `json:"message"`
	// Why says what the reason means.
	Why string `json:"why"`
	// Bad says which requests count as bad: "failed", "slower than 500ms".
	Bad    string `json:"bad"`
	Metric string `json:"metric,omitempty"`
	// Canary and Stable are requests of the run; null where the gate counts none.
	Canary *Counts `json:"canary"`
	Stable *Counts `json:"stable"`
	// Threshold is the largest share of bad requests allowed; null: there is none.
	Threshold *Number `json:"threshold"`
	// Abort and Promote are evidence; null: it was not looked for.
	Abort   *Evidence `json:"abort"`
	Promote *Evidence `json:"promote"`
	// Needed is about how many more requests of the canary it takes; 0: none, or no number would do.
	Needed Number `json:"needed"`
	// BoundSeconds is the latency above which a request is slow.
	BoundSeconds float64 `json:"boundSeconds,omitempty"`
}

// Counts are requests.
type Counts struct {
	Requests Number `json:"requests"`
	Bad      Number `json:"bad"`
	Share    Number `json:"share"`
}

// Evidence is a factor E and what it takes, as decadic logarithms.
type Evidence struct {
	Log10      Number `json:"log10"`
	LimitLog10 Number `json:"limitLog10"`
	Reached    bool   `json:"reached"`
}

// Weight is one change of the canary's weight.
type Weight struct {
	At      time.Time   `json:"at"`
	Weight  int         `json:"weight"`
	Reason  spec.Reason `json:"reason"`
	Message string      `json:"message"`
}

// Hook is a Job of the user's.
type Hook struct {
	Hook      spec.Hook         `json:"hook"`
	CronJob   string            `json:"cronJob"`
	Job       string            `json:"job"`
	State     strategy.JobState `json:"state"`
	Message   string            `json:"message"`
	StartedAt time.Time         `json:"startedAt,omitzero"`
	EndedAt   time.Time         `json:"endedAt,omitzero"`
}

// Event is one transition that this process has seen.
type Event struct {
	At      time.Time `json:"at"`
	Warning bool      `json:"warning"`
	Reason  string    `json:"reason"`
	Message string    `json:"message"`
}
