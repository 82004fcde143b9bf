package analysis

import (
	"fmt"
	"math"
	"time"
)

// condition is one gate that is on, as a claim about a share: at most limit of the requests are bad.
type condition struct {
	name string
	// label is how messages begin.
	label  string
	fail   Reason
	family *Family
	// other is the family of the other gate, nil if that is off.
	other *Family
	limit float64
	// tolerated is the share from which on a step must not pass.
	tolerated float64
	// invalid is what is wrong with the gate as it is set; empty is nothing.
	invalid string
}

// conditions are the gates of the subject that are on, in the order in which people read them.
func conditions(g Gates, ev *Evidence) []condition {
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
	return all
}

func errorRate(g Gates, ev *Evidence) condition {
	c := condition{name: GateErrorRate, label: GateErrorRate, fail: ReasonErrorRate, family: &ev.Errors}
	c.limit, c.tolerated = g.MaxErrorRate, g.MaxErrorRate
	if !(g.MaxErrorRate > 0 && g.MaxErrorRate < 1) {
		c.invalid = fmt.Sprintf("a largest error rate of %v is not between 0 and 1", g.MaxErrorRate)
	}
	return c
}

// latency is the claim that at most 1 − q of the requests take longer than the threshold. It is tolerated up to twice that share:
// a quantile is a point that many good services are close to, and telling 4.9 % from 5 % takes a hundred thousand requests. For
// quantiles of 50 % and below twice the share would be all requests: half-way there, then.
func latency(g Gates, ev *Evidence) condition {
	c := condition{name: GateLatency, fail: ReasonLatency, family: &ev.Latency}
	c.limit = math.Round((1-g.LatencyQuantile)*1e12) / 1e12
	c.tolerated = min(2*c.limit, (1+c.limit)/2)
	c.label = GateLatency + " over " + g.LatencyThreshold.String()
	if bound := ev.Latency.Bound; bound > g.LatencyThreshold {
		c.label = fmt.Sprintf("%s over %s (the next bucket after %s)", GateLatency, bound, g.LatencyThreshold)
	}
	switch {
	case !(g.LatencyQuantile > 0 && g.LatencyQuantile < 1) || c.limit <= 0 || c.limit >= 1:
		c.invalid = fmt.Sprintf("a quantile of %v is not between 0 and 1", g.LatencyQuantile)
	case g.LatencyThreshold < 0:
		c.invalid = fmt.Sprintf("a latency threshold of %s is below 0", g.LatencyThreshold)
	}
	return c
}

// abortLimit is the logarithm of the limit for each test against the canary: 1/α′, where α′ is the share of α that is left when
// all tests of the run have one. It depends on the gates alone, so that it is the same throughout a run.
func abortLimit(g Gates, conditions int) float64 {
	tests := conditions
	if g.Compare {
		tests *= 2
	}
	return math.Log(float64(tests) / alpha)
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
