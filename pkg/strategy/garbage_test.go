package strategy_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// garbage draws an Observed in which nothing need fit together: parts missing, names that lead nowhere, odd numbers.
type garbage struct{ *rand.Rand }

func (g garbage) one(values ...string) string { return values[g.IntN(len(values))] }
func (g garbage) maybe() bool                 { return g.IntN(2) == 0 }
func (g garbage) set() string                 { return g.one("", "shop-a", "shop-b", "shop-c", "shop-d") }
func (g garbage) hash() string                { return g.one("", "a", "b", "c", "d") }
func (g garbage) svc() string                 { return g.one("shop", "shop-canary", "other") }
func (g garbage) size() int                   { return []int{0, 0, 1, 2, 4, 10}[g.IntN(6)] }
func (g garbage) at() time.Time {
	if g.IntN(5) == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(g.IntN(7200)-3600) * time.Second)
}

func (g garbage) observed() strategy.Observed {
	o := strategy.Observed{
		Settings: strategy.Settings{
			Leaving: g.IntN(8) == 0, Brake: strategy.Brake(g.one("admission", "paused", "")), Settle: time.Duration(g.IntN(30)) * time.Second,
			Drain: time.Duration(g.IntN(60)) * time.Second, Stale: time.Minute, Prometheus: g.IntN(4) > 0, Mesh: g.IntN(4) > 0,
		},
		Key: strategy.Key{Namespace: ns, Name: app},
	}
	if g.IntN(8) > 0 {
		o.Deployment = &strategy.Deployment{
			Key: o.Key, UID: "u", ResourceVersion: "1", Deleting: g.IntN(9) == 0, Paused: g.maybe(), Replicas: g.size(),
			MaxSurge: g.IntN(3), ProgressDeadline: time.Duration(g.IntN(3)) * 5 * time.Minute, Template: g.one("t1", "t2", ""),
		}
		for g.maybe() {
			o.Deployment.Conditions = append(o.Deployment.Conditions, strategy.Condition{
				Type: g.one(spec.ConditionPromoted, "Progressing", "Available"), Status: g.one("True", "False", "Unknown", ""),
				Reason: g.one("Promoted", "ProgressDeadlineExceeded", "Ungated", ""), UpdatedAt: g.at(),
			})
		}
	}
	for range g.IntN(5) {
		o.ReplicaSets = append(o.ReplicaSets, strategy.ReplicaSet{
			Name: g.set(), Hash: g.hash(), Owner: strategy.Owner(g.one("deployment", "deployment", "record", "other", "nobody", "")),
			Deleting: g.IntN(6) == 0, Replicas: g.size(), Actual: g.size(), Available: g.size(), Template: g.one("t1", "t2", ""),
			CreatedAt: g.at(), Revision: g.maybe(),
		})
	}
	if g.IntN(4) > 0 {
		o.Record = g.record()
	}
	if g.IntN(9) == 0 {
		o.Record, o.RecordProblem = nil, "odd"
	}
	for range g.IntN(4) {
		o.Services = append(o.Services, g.service())
	}
	for range g.IntN(4) {
		weight := []int{-1, 0, 10, 50, 100}[g.IntN(5)]
		o.Routes = append(o.Routes, strategy.Route{
			Key: strategy.Key{Namespace: g.one(ns, ns, "elsewhere"), Name: g.one("shop", "shop-sluice", "x")}, Service: g.svc(),
			RunBy: g.one("", app, "other"), Managed: g.maybe(), ShownSince: g.at(), First: g.maybe(),
			Previous: traffic.View{Weight: []int{-1, 0, 10, 100}[g.IntN(4)]}, Listed: g.maybe(),
			View:    traffic.View{Routes: g.IntN(3), Weight: weight, Highest: max(0, weight), Split: g.maybe(), Governs: g.maybe(), Covers: g.maybe()},
			Problem: g.one("", "", "", "broken"), Manager: g.one("", "argocd"),
		})
	}
	for range g.IntN(2) {
		o.Policies = append(o.Policies, strategy.Policy{
			Service: g.svc(), Source: g.one("", "shop"), ResourceVersion: g.one("", "7"), Equal: g.maybe(),
		})
	}
	if g.maybe() {
		o.Verdict = &analysis.Verdict{
			Outcome: analysis.Outcome(g.one("Pass", "Fail", "Hold", "Wait", "")), Run: g.one("run", "other"), StepSince: g.at(), Judged: g.at(),
		}
	}
	return o
}

func (g garbage) service() strategy.Service {
	svc := strategy.Service{
		Name: g.svc(), RunBy: g.one("", app, "other"), Managed: g.maybe(), Matches: g.IntN(4) > 0, Ports: g.one("p", "q"),
		SharedWith: g.one("", "", "", "else"), SeenSince: g.at(),
	}
	if g.maybe() {
		svc.Selector = map[string]string{hashLabel: g.hash()}
	}
	if g.maybe() {
		svc.Ready = map[string]strategy.Levels{g.set(): nil, g.set(): {{Count: g.IntN(5), Since: g.at()}}}
	}
	return svc
}

// record is any that passes Check.
func (g garbage) record() *strategy.Record {
	r := &strategy.Record{Stable: strategy.Ref{Name: g.set(), Hash: g.hash()}, Runs: g.IntN(3)}
	if g.IntN(4) == 0 {
		return r
	}
	r.Run = &strategy.Run{
		Number: g.IntN(3), ID: "run", Template: g.one("t1", "t2", ""), Canary: strategy.Ref{Name: g.set(), Hash: g.hash()},
		Stable: strategy.Ref{Name: g.set(), Hash: g.hash()}, Service: g.svc(),
		Phase: strategy.RunPhase(g.one("Shifting", "Shifting", "Promoting", "Aborting", "Aborted")), Step: g.IntN(6),
		Weight: []int{0, 10, 50, 100, 33}[g.IntN(5)], WeightAt: g.at(), FirstAt: g.at(), Since: g.at(), EndedAt: g.at(),
		Reason: spec.Reason(g.one("", "Cancelled", "Released", "Superseded", "GateFailed")), Approved: g.IntN(4), Forced: g.IntN(4) == 0,
		Paused: g.IntN(4) == 0, Handled: spec.Verb(g.one("", "abort", "retry")), Reverts: g.IntN(4),
	}
	if r.Check() != "" {
		r.Run = nil
	}
	return r
}

func (g garbage) spec() spec.Spec {
	if g.IntN(20) == 0 {
		return spec.Spec{Managed: true} // not even steps
	}
	a := map[string]string{}
	if g.IntN(8) > 0 {
		a[spec.AnnotationStrategy] = "canary"
	}
	for g.maybe() {
		name := g.one("steps", "service", "virtual-service", "max-error-rate", "max-latency", "on-inconclusive", "max-hold", "command")
		a[spec.Prefix+name] = g.one("10@1m,50@pause", "100@0s", "shop", "shop/x", "off", "promote", "abort", "1m", "0s", "nonsense", "",
			"abort a", "approve b", "promote c", "retry a", "pause b", "resume c")
	}
	return spec.Parse(a)
}

func asText(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func TestPlanIsTotalOnWhateverItIsGiven(t *testing.T) {
	for seed := range uint64(30_000) {
		g := garbage{rand.New(rand.NewPCG(seed, 2))}
		o, s := g.observed(), g.spec()
		before := asText(t, o) + asText(t, s)
		first, again := decide(t, seed, o, s), decide(t, seed, o, s)
		require.Equal(t, before, asText(t, o)+asText(t, s), "seed %d: the inputs have changed", seed)
		require.Equal(t, first, again, "seed %d: the same input, another answer", seed)
		sane(t, seed, &o, first)
	}
}

func decide(t testing.TB, seed uint64, o strategy.Observed, s spec.Spec) strategy.Decision {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			require.FailNow(t, fmt.Sprintf("seed %d: panic: %v", seed, r), asText(t, o)+"\n"+asText(t, s))
		}
	}()
	return strategy.Plan(o, s, epoch)
}

// sane is what holds of every Decision, however odd the world.
func sane(t *testing.T, seed uint64, o *strategy.Observed, d strategy.Decision) {
	t.Helper()
	assert.Contains(t, strategy.Phases(), d.Status.Phase, "seed %d", seed)
	assert.GreaterOrEqual(t, d.Status.Weight, 0, "seed %d", seed)
	assert.LessOrEqual(t, d.Status.Weight, 100, "seed %d", seed)
	assert.False(t, !d.WakeAt.IsZero() && d.WakeAt.Before(epoch), "seed %d: to be woken in the past", seed)
	writes, weight := 0, 0
	if o.Record != nil && o.Record.Run != nil {
		weight = o.Record.Run.Weight
	}
	for i, action := range d.Actions {
		switch a := any(action).(type) {
		case strategy.WriteRecord:
			writes++
			assert.Empty(t, a.Record.Check(), "seed %d: a record that nobody could read again", seed)
			if a.Record.Run != nil {
				weight = a.Record.Run.Weight
			}
		case strategy.SetWeight:
			assert.Equal(t, weight, a.Share.Weight, "seed %d: a weight that the record doesn't have", seed)
		case strategy.CreateRoute:
			assert.Equal(t, weight, a.Share.Weight, "seed %d: a weight that the record doesn't have", seed)
		case strategy.Scale:
			assert.GreaterOrEqual(t, a.Replicas, 0, "seed %d", seed)
			assert.False(t, foreign(o, a.Name), "seed %d: %d scales what isn't ours", seed, i)
		case strategy.DeleteReplicaSet:
			assert.False(t, foreign(o, a.Name), "seed %d: %d deletes what isn't ours", seed, i)
		case strategy.Capture:
			assert.False(t, foreign(o, a.Name), "seed %d: %d captures what isn't ours", seed, i)
		case strategy.SetConditions:
			assert.NotEmpty(t, a.Conditions, "seed %d", seed)
		default:
		}
	}
	if o.RecordProblem != "" && o.Deployment != nil && !o.Deployment.Deleting {
		for _, action := range d.Actions {
			switch any(action).(type) {
			case strategy.SetConditions, strategy.Emit:
			default:
				assert.Failf(t, "an unreadable record changes something", "seed %d: %s", seed, brief(action))
			}
		}
	}
	if o.Deployment == nil || o.Deployment.Deleting {
		assert.Zero(t, writes, "seed %d: a record for a Deployment that is gone", seed)
	}
}

// foreign says whether every ReplicaSet of that name belongs to someone else.
func foreign(o *strategy.Observed, name string) bool {
	for i := range o.ReplicaSets {
		if rs := &o.ReplicaSets[i]; rs.Name == name && rs.Owner != strategy.OwnedByOther && rs.Owner != "" {
			return false
		}
	}
	return true
}
