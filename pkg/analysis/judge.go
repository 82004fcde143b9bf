package analysis

import (
	"math"
	"strings"
	"time"
)

// Judge says what the evidence comes to for the present step of the subject. Pass means that every gate has the evidence it takes;
// how long the step must last is not looked at. It changes neither argument, and the same arguments give the same verdict.
func Judge(sub Subject, ev Evidence, now time.Time) Verdict {
	v := Verdict{Run: sub.Run, StepSince: sub.StepSince, At: ev.End, Judged: now}
	all := conditions(sub.Gates, &ev)
	if len(all) == 0 {
		v.Outcome, v.Reason, v.Message = Pass, ReasonNoGates, "all gates are off: pass"
		return v
	}
	limit := abortLimit(sub.Gates, len(all))
	for _, c := range all {
		v.Gates = append(v.Gates, gate(&view{condition: c, sub: &sub, ev: &ev, now: now}, limit))
	}
	decide(&v)
	return v
}

// order is which outcome of a single gate decides for all: the environment excuses before the canary is blamed; a fail is a fail,
// also when another gate can't see, for users must not suffer from known errors until an unrelated metric is mended; a gate that
// can't see keeps the others from passing; and so does one that has to wait.
var order = [...]func(*Gate) bool{
	func(g *Gate) bool { return g.Outcome == Hold && g.Reason == ReasonEnvironment },
	func(g *Gate) bool { return g.Outcome == Fail },
	func(g *Gate) bool { return g.Outcome == Hold },
	func(g *Gate) bool { return g.Outcome == Wait },
	func(g *Gate) bool { return g.Outcome == Pass },
}

// decide sums up the gates.
func decide(v *Verdict) {
	for _, decides := range order {
		var messages []string
		for i := range v.Gates {
			g := &v.Gates[i]
			if !decides(g) {
				continue
			}
			if len(messages) == 0 {
				v.Outcome, v.Reason = g.Outcome, g.Reason
			}
			messages = append(messages, g.Message)
		}
		if len(messages) > 0 {
			v.Message = strings.Join(messages, "; ")
			return
		}
	}
}

// gate judges one condition.
func gate(v *view, limit float64) Gate {
	g := Gate{
		Name: v.name, Metric: v.family.Metric, Threshold: finite(v.limit), Bound: v.family.Bound,
		Abort:   Weighed{Log10Limit: limit / math.Ln10},
		Promote: Weighed{Log10Limit: promoteLimit() / math.Ln10},
	}
	if p := blind(v); p != nil {
		if impossible(v) == nil {
			g.count(v, pair(v.family.Intervals, v.family.StableSince))
		}
		g.Outcome, g.Reason, g.Message = Hold, p.Reason, v.label+": "+p.Detail+": hold"
		return g
	}
	run := pair(v.family.Intervals, v.family.StableSince)
	compare := comparing(v.sub, g.count(v, run))
	a := against(run, v.limit, limit, compare)
	g.Abort.Log10E = a.logE / math.Ln10
	g.Promote.Log10E = promote(g.Step, v.tolerated) / math.Ln10
	prefix := numbers(v.label, &g, compare)
	switch {
	case a.guilty:
		g.Outcome, g.Reason, g.Message = Fail, v.fail, prefix+", "+g.Abort.String()+": abort"
	case a.stable == illStable:
		g.Outcome, g.Reason = Hold, ReasonEnvironment
		g.Message = prefix + ", " + g.Abort.String() + ", but stable is ill as well: hold"
	case a.stable == unclearStable:
		g.Outcome, g.Reason = Hold, ReasonEnvironment
		g.Message = prefix + ", " + g.Abort.String() + ", but stable has too few requests to tell whether it is ill as well: hold"
	case g.Promote.Reached():
		g.Outcome, g.Reason, g.Message = Pass, ReasonEnough, prefix+", "+g.Promote.String()+": pass"
	default:
		n, possible := needed(g.Step, v.tolerated)
		g.Needed, g.Outcome, g.Reason = n, Wait, ReasonNotEnough
		g.Message = prefix + ", " + g.Promote.String() + ", " + more(&g, possible) + ": wait"
	}
	return g
}

// count enters the counts.
func (g *Gate) count(v *view, run []paired) sums {
	s := total(run, stepStart(v.sub))
	g.Canary, g.Stable, g.Step = s.canary, s.stable, s.step
	g.Value, g.StableValue = s.canary.Share(), s.stable.Share()
	return s
}

// finite is a number that JSON can write.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}
