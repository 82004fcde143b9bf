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
	limit := abortLimit(&sub.Gates)
	for _, c := range conditions(&sub, &ev) {
		if g, ok := gate(&view{condition: c, sub: &sub, ev: &ev, now: now}, limit); ok {
			v.Gates = append(v.Gates, g)
		}
	}
	switch {
	case len(v.Gates) > 0:
		decide(&v)
	case sub.Weight == 0:
		v.Outcome, v.Reason, v.Message = Pass, ReasonNoGates, "no alert rules to ask before the start: pass"
	default:
		v.Outcome, v.Reason, v.Message = Pass, ReasonNoGates, "all gates are off: pass"
	}
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

// gate judges one condition; false if it is not to be in the verdict.
func gate(v *view, limit float64) (Gate, bool) {
	g := Gate{Name: v.name, Mode: v.mode, Metric: v.family.Metric, Threshold: finite(v.limit), Bound: v.family.Bound}
	if v.scoped == nil {
		g.Abort.Log10Limit, g.Promote.Log10Limit = limit/math.Ln10, promoteLimit()/math.Ln10
	}
	if p := blind(v); p != nil {
		if impossible(v) == nil {
			g.count(v, pair(v.family.Intervals, v.family.StableSince))
		}
		g.settle(Hold, p.Reason, v.label+": "+p.Detail)
		return g, !v.optional
	}
	switch {
	case v.scoped != nil:
		g.ask(v)
	case v.sub.Weight == 0:
		g.before(v, limit)
	default:
		g.test(v, limit)
	}
	return g, true
}

// test puts the tests against the canary and for it to the counts.
func (g *Gate) test(v *view, limit float64) {
	run := pair(v.family.Intervals, v.family.StableSince)
	whole := g.count(v, run)
	g.Dispersion = dispersion(v.family.Before, run)
	worst := suspected(parts(v.family, run), trial{share: v.limit, phi: g.Dispersion, limit: limit, excuse: v.sub.Gates.Compare}, v.sub)
	g.Group = worst.key
	since := ""
	if after := recovered(run, v.limit, g.Dispersion); after > 0 && v.sub.Gates.Compare {
		g.Step = total(run[after:], stepStart(v.sub)).step
		since = " since the outage of both versions"
	}
	g.Abort.Log10E = worst.logE / math.Ln10
	favour := newFavour(v.tolerated, g.Dispersion)
	g.Promote.Log10E = favour.logE(g.Step) / math.Ln10
	against := numbers(named(v.label, worst.key), worst.sums, worst.compared) + ", " + g.Abort.String() + g.bursts()
	prefix := numbers(v.label, whole, comparing(v.sub, whole))
	switch {
	case worst.guilty && v.severity == SeverityAbort:
		g.settle(Fail, v.fail, against)
	case worst.guilty:
		g.settle(Hold, ReasonWarning, against+", which is a warning")
	case worst.stable == illStable:
		g.settle(Hold, ReasonEnvironment, against+", but stable is ill as well")
	case worst.stable == unclearStable:
		g.settle(Hold, ReasonEnvironment, against+", but stable has too few requests to tell whether it is ill as well")
	case v.optional:
		g.settle(Pass, ReasonEnough, prefix+", nothing against it")
	case g.Promote.Reached():
		g.settle(Pass, ReasonEnough, prefix+", "+g.Promote.String()+g.bursts())
	default:
		n, possible := favour.needed(g.Step)
		g.Needed = n
		g.settle(Wait, ReasonNotEnough, prefix+", "+g.Promote.String()+since+g.bursts()+", "+more(g, possible))
	}
}

// before judges stable, before the canary gets any traffic: a rule that it breaks already can't tell the two apart.
func (g *Gate) before(v *view, limit float64) {
	own := standing(v.family)
	run := pair(own.Intervals, Counts{})
	g.Stable = total(run, time.Time{}).canary
	g.StableValue = g.Stable.Share()
	g.Dispersion = dispersion(own.Before, run)
	worst := suspected(parts(&own, run), trial{share: v.limit, phi: g.Dispersion, limit: limit}, &Subject{})
	g.Group, g.Abort.Log10E = worst.key, worst.logE/math.Ln10
	if worst.guilty {
		g.settle(Hold, ReasonBefore, named(v.label, worst.key)+": stable "+worst.sums.canary.String()+", "+g.Abort.String()+g.bursts()+
			", before the canary has any traffic")
		return
	}
	g.settle(Pass, ReasonEnough, v.label+": stable "+g.Stable.String()+", not over the limit")
}

// settle enters what the gate comes to.
func (g *Gate) settle(outcome Outcome, reason Reason, message string) {
	g.Outcome, g.Reason = outcome, reason
	switch outcome {
	case Fail:
		message += ": abort"
	case Hold:
		message += ": hold"
	case Wait:
		message += ": wait"
	case Pass:
		message += ": pass"
	}
	g.Message = message
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
