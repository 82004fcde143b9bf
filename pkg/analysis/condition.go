package analysis

import (
	"fmt"
	"math"
	"time"
)

// condition is one gate that is on: the claim about a share that at most limit of the requests are bad, or an alert rule that is
// evaluated elsewhere.
type condition struct {
	name string
	mode Mode
	// label is how messages begin.
	label string
	fail  Reason
	// severity is what being over the limit leads to.
	severity Severity
	// optional gates are left out of the verdict where they can't be judged, and never wait.
	optional bool
	// scoped is an alert rule that is evaluated elsewhere, firing how it stands; nil for a claim about a share.
	scoped *ScopedRule
	firing *Firing
	family *Family
	// other is the family of the other gate that counts the same requests, nil if that is off.
	other *Family
	limit float64
	// tolerated is the share from which on a step must not pass.
	tolerated float64
	// invalid is what is wrong with the gate as it is set; empty is nothing.
	invalid string
}

// conditions are the gates of the subject that are on, in the order in which people read them. Before the start these are the alert
// rules alone.
func conditions(sub *Subject, ev *Evidence) []condition {
	g := &sub.Gates
	if sub.Weight == 0 {
		return alerts(g, ev)
	}
	var all []condition
	if g.MaxErrorRate != 0 {
		all = append(all, errorRate(g, ev))
	}
	if g.LatencyThreshold != 0 {
		all = append(all, latency(g, ev))
	}
	if len(all) == 2 {
		all[0].other, all[1].other = all[1].family, all[0].family
	}
	if g.reaches() {
		all = append(all, reachability(g, ev))
	}
	return append(all, alerts(g, ev)...)
}

// reaches says whether what callers saw is judged.
func (g *Gates) reaches() bool { return g.Reach != nil && g.MaxErrorRate != 0 }

func errorRate(g *Gates, ev *Evidence) condition {
	c := condition{
		name: GateErrorRate, label: GateErrorRate, fail: ReasonErrorRate, severity: SeverityAbort, family: &ev.Errors,
		limit: g.MaxErrorRate, tolerated: g.MaxErrorRate,
	}
	if !share(g.MaxErrorRate) {
		c.invalid = fmt.Sprintf("a largest error rate of %v is not between 0 and 1", g.MaxErrorRate)
	}
	return c
}

// reachability is the errorRate of what only callers see: requests that got no answer from a pod. It can only speak against a canary,
// for not every canary is called within a mesh.
func reachability(g *Gates, ev *Evidence) condition {
	c := errorRate(g, ev)
	c.name, c.label, c.fail, c.family, c.optional = GateReach, GateReach, ReasonReach, &ev.Reach, true
	return c
}

func latency(g *Gates, ev *Evidence) condition {
	c := condition{name: GateLatency, fail: ReasonLatency, severity: SeverityAbort, family: &ev.Latency}
	c.limit = math.Round((1-g.LatencyQuantile)*1e12) / 1e12
	c.tolerated = tolerable(c.limit)
	c.label = GateLatency + " over " + g.LatencyThreshold.String()
	if bound := ev.Latency.Bound; bound > g.LatencyThreshold {
		c.label = fmt.Sprintf("%s over %s (the next bucket after %s)", GateLatency, bound, g.LatencyThreshold)
	}
	switch {
	case !share(g.LatencyQuantile) || !share(c.limit):
		c.invalid = fmt.Sprintf("a quantile of %v is not between 0 and 1", g.LatencyQuantile)
	case g.LatencyThreshold < 0:
		c.invalid = fmt.Sprintf("a latency threshold of %s is below 0", g.LatencyThreshold)
	}
	return c
}

// tolerable is the share of slow requests from which on a step must not pass. It is twice the limit: a quantile is a point that many
// good services are close to, and telling 4.9 % from 5 % takes a hundred thousand requests. For quantiles of 50 % and below twice
// the share would be all requests: half-way there, then.
func tolerable(limit float64) float64 { return min(2*limit, (1+limit)/2) }

// share says whether a number is a share that can be tested.
func share(x float64) bool { return x > 0 && x < 1 }

// alerts are the alert rules, in the order in which the user named them.
func alerts(g *Gates, ev *Evidence) []condition {
	all := make([]condition, len(g.Alerts))
	for i := range g.Alerts {
		a, known := &g.Alerts[i], &AlertEvidence{}
		if len(ev.Alerts) == len(g.Alerts) {
			known = &ev.Alerts[i]
		}
		c := &all[i]
		c.name = GateAlert + a.Name
		c.label, c.fail, c.severity = c.name, ReasonAlert, a.Severity
		switch {
		case a.Lifted != nil:
			c.mode, c.family = ModeLifted, &known.Family
			c.limit, c.tolerated = a.Lifted.Limit, a.Lifted.Limit
			if a.Lifted.Latency {
				c.tolerated = tolerable(a.Lifted.Limit)
			}
			if !share(a.Lifted.Limit) {
				c.invalid = fmt.Sprintf("a limit of %v is not between 0 and 1", a.Lifted.Limit)
			}
		case a.Scoped != nil:
			c.mode, c.scoped, c.firing, c.family = ModeScoped, a.Scoped, &known.Firing, &Family{}
			if a.Scoped.Global {
				c.mode = ModeGlobal
			}
		default:
			c.family, c.invalid = &Family{}, "the rule is neither lifted nor scoped"
		}
	}
	return all
}

// abortLimit is the logarithm of the limit for each test against the canary: 1/α′, where α′ is the share of α that is left when
// all tests of the run have one. It depends on the gates alone, so that it is the same throughout a run, and at each of its steps.
func abortLimit(g *Gates) float64 {
	var tests int
	for _, on := range []bool{g.MaxErrorRate != 0, g.LatencyThreshold != 0, g.reaches()} {
		if on {
			tests++
		}
	}
	for i := range g.Alerts {
		if g.Alerts[i].Lifted != nil {
			tests++
		}
	}
	if g.Compare {
		tests *= 2
	}
	return math.Log(float64(max(tests, 1)) / alpha)
}

// promoteLimit is the logarithm of the limit for the test for the canary.
func promoteLimit() float64 { return -math.Log(beta) }

// stepStart is where the evidence of the present step starts: a step is part of its run.
func stepStart(sub *Subject) time.Time {
	if sub.StepSince.Before(sub.Since) {
		return sub.Since
	}
	return sub.StepSince
}
