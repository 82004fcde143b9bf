package analysis

import (
	"fmt"
	"time"
)

// ask takes over what Prometheus says of an alert rule: for the pods of one version and of the other, or, of a global rule, as it
// stands.
func (g *Gate) ask(v *view) {
	f := v.firing
	g.Value, g.StableValue = finite(f.Canary.Value), finite(f.Stable.Value)
	switch {
	case v.scoped.Global:
		g.askGlobal(v)
	case v.sub.Weight == 0:
		g.askBefore(v)
	case f.Canary.Firing:
		g.accuse(v)
	case f.Canary.Active:
		g.settle(Wait, ReasonPending, v.label+": "+pending(v, "the canary", &f.Canary))
	case !f.CanarySeen:
		g.miss(v)
	default:
		g.settle(Pass, ReasonEnough, v.label+": quiet about the canary")
	}
}

// accuse judges a rule that fires for the canary. A rule that is true for stable too, be it not for long enough yet, shows a trouble
// of both: which of them it fires for first is a matter of chance. At 100 % stable has no traffic that it could be seen in.
func (g *Gate) accuse(v *view) {
	f := v.firing
	text := named(v.label, f.Canary.Labels) + ": " + fires("the canary", &f.Canary)
	stable := f.Stable.Firing || f.Stable.Active
	switch {
	case stable && v.sub.Weight < 100:
		g.settle(Hold, ReasonEnvironment, text+", but for stable as well")
	case v.severity == SeverityAbort:
		g.settle(Fail, v.fail, text)
	default:
		g.settle(Hold, ReasonWarning, text+", which is a warning")
	}
}

// askGlobal judges a rule of which nobody knows whom it is about.
func (g *Gate) askGlobal(v *view) {
	state := &v.firing.Canary
	if v.firing.Stable.Firing || (v.firing.Stable.Active && !state.Firing) {
		state = &v.firing.Stable
	}
	switch {
	case state.Firing:
		g.settle(Hold, ReasonGlobal, named(v.label, state.Labels)+": "+fires("the service as a whole", state))
	case state.Active && v.sub.Weight > 0:
		g.settle(Wait, ReasonPending, v.label+": "+pending(v, "the service as a whole", state))
	default:
		g.settle(Pass, ReasonEnough, v.label+": quiet")
	}
}

// askBefore judges stable, before the canary gets any traffic.
func (g *Gate) askBefore(v *view) {
	if stable := &v.firing.Stable; stable.Firing {
		g.settle(Hold, ReasonBefore, named(v.label, stable.Labels)+": "+fires("stable", stable)+", before the canary has any traffic")
		return
	}
	if v.firing.Stable.Active {
		g.settle(Wait, ReasonPending, v.label+": "+pending(v, "stable", &v.firing.Stable))
		return
	}
	g.settle(Pass, ReasonEnough, v.label+": quiet about stable")
}

// miss judges a rule that reads something of which the canary's pods have no series. Their first scrape takes a while.
func (g *Gate) miss(v *view) {
	text := fmt.Sprintf("%s: %s has no series of the canary's pods (%s-…)", v.label, v.firing.Unseen, v.sub.Canary)
	if early(v, v.firing.At) {
		g.settle(Wait, ReasonNotEnough, text+" yet")
		return
	}
	g.settle(Hold, ReasonSilent, text+": was it renamed?")
}

// early says that a step is too young at a time for every pod to have been scraped.
func early(v *view, at time.Time) bool { return at.Sub(stepStart(v.sub)) < missing*v.ev.Scrape }

// fires is as in "fires for the canary since 2m10s (value 0.31)".
func fires(whom string, s *FiringState) string {
	return fmt.Sprintf("fires for %s since %s (value %.4g)", whom, s.Since.Round(time.Second), s.Value)
}

func pending(v *view, whom string, s *FiringState) string {
	return fmt.Sprintf("true for %s since %s (value %.4g), fires after %s", whom, s.Since.Round(time.Second), s.Value, v.scoped.For)
}

// named is the beginning of a message about one group of series.
func named(label, key string) string {
	if key == "" {
		return label
	}
	return label + " " + key
}
