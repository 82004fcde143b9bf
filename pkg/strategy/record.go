package strategy

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// RecordKey is the key of the record in its ConfigMap's data.
const RecordKey = "record.json"

// RecordName is the name of the ConfigMap that is a Deployment's record.
func RecordName(deployment string) string { return deployment + "-sluice" }

// Record is what Sluice remembers of a Deployment, in a ConfigMap. It is written before what it describes happens.
type Record struct {
	// UID and ResourceVersion are the ConfigMap's; both empty when it is yet to be made.
	UID             string `json:"-"`
	ResourceVersion string `json:"-"`
	// Stable is the ReplicaSet that serves users at rest and during a run.
	Stable Ref `json:"stable"`
	// Runs counts the runs ever begun.
	Runs int `json:"runs"`
	// Run is the run that goes on or was aborted; nil at rest.
	Run *Run `json:"run,omitempty"`
	// History has the last runs that ended, newest first.
	History []Summary `json:"history,omitempty"`
}

// Ref names a ReplicaSet.
type Ref struct {
	Name string `json:"name"`
	Hash string `json:"hash"`
}

// RunPhase is where a run is, as the record keeps it.
type RunPhase string

// The phases of a run.
const (
	// RunShifting: approaching or holding a step.
	RunShifting RunPhase = "Shifting"
	// RunPromoting: every step has passed; the canary is being handed over.
	RunPromoting RunPhase = "Promoting"
	// RunAborting: traffic is on its way back to stable, or the canary is draining.
	RunAborting RunPhase = "Aborting"
	// RunAborted: the end, until the template changes or a retry.
	RunAborted RunPhase = "Aborted"
)

// Run is one attempt to promote one template.
type Run struct {
	// Number counts the runs of this Deployment from 1; ID is unique for ever: evidence of another run never counts.
	Number int    `json:"number"`
	ID     string `json:"id"`
	// Strategy is how the run gets its traffic, whatever the annotation says now; empty in records from before there was a choice.
	Strategy spec.Strategy `json:"strategy,omitempty"`
	// Template is the fingerprint of what is judged.
	Template string   `json:"template"`
	Canary   Ref      `json:"canary"`
	Stable   Ref      `json:"stable"`
	Service  string   `json:"service"`
	Phase    RunPhase `json:"phase"`
	// Step is the index of the step that is approached or held.
	Step int `json:"step"`
	// Weight is what the canary has, or is being given, in percent; WeightAt when that was decided.
	Weight   int       `json:"weight"`
	WeightAt time.Time `json:"weightAt"`
	// FirstAt is when the first step was given its weight, which may be 0: the canary can be reached since then, and evidence of the run
	// starts here.
	FirstAt time.Time `json:"firstAt,omitzero"`
	// Since is when the phase or the approach of the present step began; in an abort, when its traffic was last led back.
	Since     time.Time `json:"since"`
	StartedAt time.Time `json:"startedAt"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	// Reason and Message say why the run was aborted.
	Reason  spec.Reason `json:"reason,omitempty"`
	Message string      `json:"message,omitempty"`
	// Approved is the number, from 1, of the last step that was approved.
	Approved int `json:"approved,omitempty"`
	// Forced: the promote command was given.
	Forced bool `json:"forced,omitempty"`
	// Paused: the pause command was given.
	Paused bool `json:"paused,omitempty"`
	// Handled is the mark of the last command that was carried out, so that it is carried out once.
	Handled spec.Verb `json:"handled,omitempty"`
	// Reverts counts how often someone else has undone our weight.
	Reverts int `json:"reverts,omitempty"`
	// Weights is every change of weight with its reason.
	Weights []WeightChange `json:"weights,omitempty"`
	// Gates is the evidence of the last verdict that decided anything.
	Gates []analysis.Gate `json:"gates,omitempty"`
	// Hooks are those that the run has begun with, in their order.
	Hooks []HookRun `json:"hooks,omitempty"`
}

// open says whether the first step has begun: before that nothing leads to the canary, after it testers, copies or users may reach it.
func (r *Run) open() bool { return !r.FirstAt.IsZero() }

// strategy is the run's own.
func (r *Run) strategy() spec.Strategy {
	if r.Strategy == "" {
		return spec.StrategyCanary
	}
	return r.Strategy
}

// over says whether nothing of the run is left to do but to remember how it ended.
func (r *Run) over() bool { return r.Phase == RunAborted }

// WeightChange is one change of the canary's weight.
type WeightChange struct {
	At      time.Time   `json:"at"`
	Weight  int         `json:"weight"`
	Reason  spec.Reason `json:"reason"`
	Message string      `json:"message,omitempty"`
}

// Result is how a run ended.
type Result string

// The results.
const (
	ResultPromoted   Result = "promoted"
	ResultAborted    Result = "aborted"
	ResultCancelled  Result = "cancelled"
	ResultSuperseded Result = "superseded"
)

// Results lists them all.
func Results() []Result {
	return []Result{ResultPromoted, ResultAborted, ResultCancelled, ResultSuperseded}
}

// ResultOf is the result of a run that ends for a reason.
func ResultOf(reason spec.Reason) Result {
	switch reason {
	case spec.ReasonPromoted:
		return ResultPromoted
	case spec.ReasonCancelled, spec.ReasonReleased:
		return ResultCancelled
	case spec.ReasonSuperseded:
		return ResultSuperseded
	default:
		return ResultAborted
	}
}

// Summary is a run that ended.
type Summary struct {
	Number    int             `json:"number"`
	ID        string          `json:"id"`
	Canary    Ref             `json:"canary"`
	Stable    Ref             `json:"stable"`
	Result    Result          `json:"result"`
	Reason    spec.Reason     `json:"reason"`
	Message   string          `json:"message,omitempty"`
	StartedAt time.Time       `json:"startedAt"`
	EndedAt   time.Time       `json:"endedAt"`
	Weights   []WeightChange  `json:"weights,omitempty"`
	Gates     []analysis.Gate `json:"gates,omitempty"`
	Hooks     []HookRun       `json:"hooks,omitempty"`
}

// maxHistory is how many ended runs a record keeps. A ConfigMap holds 1 MiB; ten runs of a hundred steps are far below.
const maxHistory = 10

// clone copies what Plan may change.
func (r Record) clone() Record {
	if r.Run != nil {
		run := *r.Run
		run.Weights, run.Hooks = slices.Clone(run.Weights), slices.Clone(run.Hooks)
		r.Run = &run
	}
	r.History = slices.Clone(r.History)
	return r
}

// end moves the run into the history.
func (r *Record) end(result Result, reason spec.Reason, message string, now time.Time) {
	run := r.Run
	r.History = slices.Insert(r.History, 0, Summary{
		Number: run.Number, ID: run.ID, Canary: run.Canary, Stable: run.Stable,
		Result: result, Reason: reason, Message: message,
		StartedAt: run.StartedAt, EndedAt: now, Weights: run.Weights, Gates: run.Gates, Hooks: run.Hooks,
	})
	r.History = r.History[:min(len(r.History), maxHistory)]
}

// give records a change of weight.
func (r *Run) give(weight int, reason spec.Reason, message string, now time.Time) {
	r.Weight, r.WeightAt = weight, now
	if r.FirstAt.IsZero() {
		r.FirstAt = now
	}
	r.Weights = append(r.Weights, WeightChange{At: now, Weight: weight, Reason: reason, Message: message})
}

// Check says what is wrong with a record that was read, empty when nothing is. A phase or a weight that Plan doesn't know must not
// be acted on.
func (r Record) Check() string {
	run := r.Run
	if run == nil {
		return ""
	}
	switch run.Phase {
	case RunShifting, RunPromoting, RunAborting, RunAborted:
	default:
		return fmt.Sprintf("unknown phase %q", run.Phase)
	}
	switch run.strategy() {
	case spec.StrategyCanary, spec.StrategyBlueGreen:
	default:
		return fmt.Sprintf("unknown strategy %q", run.Strategy)
	}
	switch {
	case run.ID == "" || run.Service == "" || !distinct(run.Canary, run.Stable):
		return "a run without its id, its service, or a canary and a stable version that can be told apart"
	case run.Step < 0 || run.Weight < 0 || run.Weight > 100:
		return fmt.Sprintf("a run at step %d with weight %d", run.Step, run.Weight)
	}
	return ""
}

// distinct says whether two ReplicaSets are named in full and neither can be taken for the other.
func distinct(a, b Ref) bool {
	return a.Name != "" && a.Hash != "" && b.Name != "" && b.Hash != "" && a.Name != b.Name && a.Hash != b.Hash
}
