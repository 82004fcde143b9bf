package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// BodyVersion is the version of the body. Fields may be added within it; none is taken away or changes its meaning.
const BodyVersion = "1"

// The severities.
const (
	SeverityInfo    = "info"
	SeverityWarning = "warning"
)

// Notification is the body of a notification. The tag doc is what the docs and the schema say of a field; the tag enum lists its values.
type Notification struct {
	Version    string    `json:"version" enum:"1" doc:"of this format; fields may be added to it, none changes"`
	ID         string    `json:"id" doc:"the same each time that this notification is sent, and in the header Sluice-Delivery"`
	Time       time.Time `json:"time" doc:"when it happened (RFC 3339, UTC)"`
	Namespace  string    `json:"namespace" doc:"the Deployment's"`
	Deployment string    `json:"deployment" doc:"its name"`
	Reason     string    `json:"reason" doc:"what happened: the reason of the event"`
	Severity   string    `json:"severity" enum:"info,warning" doc:"warning where the event is a Warning: an abort, or something that needs somebody"`
	Message    string    `json:"message" doc:"the same for people, with the numbers; at most 4096 bytes"`
	Phase      string    `json:"phase" doc:"where the roll-out is now: AtRest, Blocked, Starting, Shifting, Held, Promoting, Aborting, Aborted, Unmanaged"`
	Strategy   string    `json:"strategy,omitempty" enum:"canary,blue-green" doc:"of the run, or what the annotation says at rest"`
	Step       int       `json:"step" doc:"that is approached or held, from 1; 0 outside a run"`
	Steps      int       `json:"steps" doc:"how many the plan has; 0 outside a run"`
	Weight     int       `json:"weight" doc:"the new version's share of the traffic, in percent"`
	Canary     string    `json:"canary" doc:"the new version's ReplicaSet; empty outside a run"`
	Stable     string    `json:"stable" doc:"the ReplicaSet of the version that the run is to replace; outside a run, of the one that serves"`
	Run        *Run      `json:"run,omitempty" doc:"the run that this is about"`
	Result     string    `json:"result,omitempty" enum:"promoted,aborted,cancelled,superseded" doc:"how the run ended; not there while it goes on"`
	Gates      []Gate    `json:"gates" doc:"what was measured, by the newest verdict; empty if nothing was; at most 100"`
}

// Run is the run that a notification is about.
type Run struct {
	Number    int       `json:"number" doc:"counts the Deployment's runs, from 1"`
	ID        string    `json:"id" doc:"unique for ever"`
	StartedAt time.Time `json:"startedAt" doc:"when it began (RFC 3339, UTC)"`
}

// Gate is one measured condition.
type Gate struct {
	Name      string   `json:"name" doc:"error-rate, latency, reachability or alert/NAME"`
	Verdict   string   `json:"verdict" enum:"Pass,Fail,Hold,Wait" doc:"what it has come to"`
	Canary    *float64 `json:"canary" doc:"share of the new version's requests that were bad, over the run, 0 to 1; of an alert rule that Prometheus evaluates, the value of its expression"`
	Stable    *float64 `json:"stable" doc:"the same of the old version"`
	Threshold *float64 `json:"threshold" doc:"the largest share that is allowed; null for an alert rule that Prometheus evaluates"`
	Evidence  Evidence `json:"evidence" doc:"decadic logarithms of the evidence E, and of how much it takes"`
	Requests  Requests `json:"requests" doc:"how many requests of the run were counted"`
}

// Evidence is for either decision.
type Evidence struct {
	Abort   Weighed `json:"abort" doc:"against the new version, over the run"`
	Promote Weighed `json:"promote" doc:"for it, of the present step"`
}

// Weighed is evidence and its limit.
type Weighed struct {
	Log10 *float64 `json:"log10" doc:"of E; null where nothing is weighed"`
	Limit *float64 `json:"limit" doc:"log10 of what E must reach; null where nothing is weighed"`
}

// Requests are counts of the whole run.
type Requests struct {
	Canary *float64 `json:"canary" doc:"of the new version"`
	Stable *float64 `json:"stable" doc:"of the old version"`
}

// Bounds of a body, which a queue full of them must fit into the memory of a small process with.
const (
	maxMessage = 4096
	maxGates   = 100
)

// of is the notification of a transition. The sequence number tells transitions apart that are equal in all else.
func of(t watch.Transition, sequence uint64) Notification {
	s := t.Status
	n := Notification{
		Version: BodyVersion, ID: identity(t, sequence), Time: t.At.UTC(), Namespace: t.Namespace, Deployment: t.Name,
		Reason: string(t.Reason), Severity: SeverityInfo, Message: cut(t.Message), Phase: string(s.Phase), Strategy: string(t.Strategy),
		Step: s.Step, Steps: s.Steps, Weight: s.Weight, Canary: s.Canary, Stable: s.Stable, Gates: []Gate{},
	}
	if t.Warning {
		n.Severity = SeverityWarning
	}
	gates := s.Gates
	if run := t.Run; run != nil {
		n.Run = &Run{Number: run.Number, ID: run.ID, StartedAt: run.StartedAt.UTC()}
		if run.Phase == strategy.RunAborting || run.Phase == strategy.RunAborted {
			n.Result = result(run.Reason)
		}
	} else if past := justEnded(t); past != nil {
		n.Run = &Run{Number: past.Number, ID: past.ID, StartedAt: past.StartedAt.UTC()}
		n.Result, n.Canary, n.Stable = string(past.Result), past.Canary.Name, past.Stable.Name
		gates = past.Gates
	}
	for i := range gates[:min(len(gates), maxGates)] {
		n.Gates = append(n.Gates, gate(&gates[i]))
	}
	return n
}

// justEnded is the run whose end a transition tells of, where the record has put it away already.
func justEnded(t watch.Transition) *strategy.Summary {
	if t.Reason != spec.ReasonPromoted || len(t.Past) == 0 || t.Past[0].Result != strategy.ResultPromoted {
		return nil
	}
	return &t.Past[0]
}

// result of an abort: whoever takes the annotation away calls the run off, and nothing has failed.
func result(reason spec.Reason) string {
	if reason == spec.ReasonReleased {
		return string(strategy.ResultCancelled)
	}
	return string(strategy.ResultOf(reason))
}

func gate(g *analysis.Gate) Gate {
	out := Gate{
		Name: g.Name, Verdict: string(g.Outcome), Canary: number(g.Value), Stable: number(g.StableValue), Threshold: number(g.Threshold),
		Evidence: Evidence{Abort: weighed(g.Abort), Promote: weighed(g.Promote)},
		Requests: Requests{Canary: number(g.Canary.Requests), Stable: number(g.Stable.Requests)},
	}
	if g.Mode == analysis.ModeScoped || g.Mode == analysis.ModeGlobal {
		out.Threshold = nil
	}
	return out
}

func weighed(w analysis.Weighed) Weighed {
	if w.Log10Limit <= 0 {
		return Weighed{}
	}
	return Weighed{Log10: number(w.Log10E), Limit: number(w.Log10Limit)}
}

// number is nil for what JSON has no word for.
func number(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// identity is unique without being random: no two transitions have the same time, Deployment, reason, message and number.
func identity(t watch.Transition, sequence uint64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %q %q %q", t.At.UnixNano(), sequence, t.Key.String(), t.Reason, t.Message))
	return hex.EncodeToString(sum[:16])
}

func cut(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage-len("…")], "") + "…"
}
