package rollout

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Source is where evidence was found.
type Source string

// The sources.
const (
	// FromNothing: there is none yet.
	FromNothing Source = ""
	// FromCondition: the numbers in the condition's message, which the controller brings up to date once a minute at least.
	FromCondition Source = "condition"
	// FromDecision: what the last step was passed with, as the record has it.
	FromDecision Source = "decision"
	// FromEnd: what the run ended with.
	FromEnd Source = "end"
)

// Evidence is what the gates have measured.
type Evidence struct {
	Source Source
	// Run is the number of the run that it belongs to.
	Run int
	// At is how old it is; zero: it is not known.
	At    time.Time
	Gates []Gate
}

// Gate is the evidence of one condition.
type Gate struct {
	// Name is as in analysis.Gate.
	Name string `json:"name"`
	// Outcome is empty when nothing is said of this gate at present.
	Outcome analysis.Outcome `json:"outcome,omitempty"`
	Reason  analysis.Reason  `json:"reason,omitempty"`
	Message string           `json:"message,omitempty"`
	// Canary and Stable are requests of the run; nil when they were not told.
	Canary *analysis.Counts `json:"canary,omitempty"`
	Stable *analysis.Counts `json:"stable,omitempty"`
	// Threshold is the largest share of bad requests that is allowed; 0: there is none, or it is not known.
	Threshold float64 `json:"threshold,omitempty"`
	// Abort is the evidence against the canary, Promote that for it; nil when it was not told.
	Abort   *analysis.Weighed `json:"abort,omitempty"`
	Promote *analysis.Weighed `json:"promote,omitempty"`
	// Note is what else is said of it, such as how many more requests it takes.
	Note string `json:"note,omitempty"`
}

// evidence is the newest that there is.
func evidence(r *Rollout) Evidence {
	switch run := r.Run; {
	case run == nil:
		last := r.Last()
		if last == nil {
			return Evidence{}
		}
		return ended(last.Number, last.EndedAt, last.Gates)
	case run.Phase == strategy.RunAborting || run.Phase == strategy.RunAborted:
		return ended(run.Number, run.EndedAt, run.Gates)
	default:
		if gates := heard(r); len(gates) > 0 {
			return Evidence{Source: FromCondition, Run: run.Number, At: r.SaidAt, Gates: gates}
		}
		if len(run.Gates) > 0 {
			return Evidence{Source: FromDecision, Run: run.Number, Gates: recorded(run.Gates)}
		}
		return Evidence{}
	}
}

func ended(number int, at time.Time, gates []analysis.Gate) Evidence {
	if len(gates) == 0 {
		return Evidence{}
	}
	e := Evidence{Source: FromEnd, Run: number, At: at, Gates: recorded(gates)}
	for i := range e.Gates {
		e.Gates[i].Note = "" // how many more requests it would take matters no more
	}
	return e
}

// recorded takes gates over from the record, where everything is known.
func recorded(gates []analysis.Gate) []Gate {
	list := make([]Gate, len(gates))
	for i := range gates {
		g := &gates[i]
		list[i] = Gate{Name: g.Name, Outcome: g.Outcome, Reason: g.Reason, Message: g.Message, Threshold: g.Threshold}
		if g.Mode == analysis.ModeScoped || g.Mode == analysis.ModeGlobal {
			continue // an expression that is true or not: there is nothing to count
		}
		list[i].Canary = &g.Canary
		if g.Stable.Requests > 0 {
			list[i].Stable = &g.Stable
		}
		list[i].Abort, list[i].Promote = weighed(g.Abort), weighed(g.Promote)
		if g.Outcome == analysis.Wait && g.Needed > 0 {
			list[i].Note = fmt.Sprintf("about %.0f more requests needed at this step", g.Needed)
		}
	}
	return list
}

// weighed leaves out what has no limit: it was not tested.
func weighed(w analysis.Weighed) *analysis.Weighed {
	if w.Log10Limit <= 0 {
		return nil
	}
	return &w
}

// AtEnd is the evidence that a run ended with.
func AtEnd(s *strategy.Summary) Evidence { return ended(s.Number, s.EndedAt, s.Gates) }
