package webtest

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// Others are Deployments in other states than those of the stories.
func Others(now time.Time) []watch.Rollout {
	quiet := func(namespace, name string, seed uint64, ago time.Duration) watch.Rollout {
		s := Story{Key: strategy.Key{Namespace: namespace, Name: name}, Number: 5, Seed: seed}
		return watch.Rollout{
			Key: s.Key, At: now, Strategy: spec.StrategyCanary, Past: history(s, now.Add(26*time.Hour-ago)), StableReady: 6, StableWanted: 6,
			Status: strategy.Status{Phase: strategy.PhaseAtRest, Reason: spec.ReasonPromoted, Message: ref(name, seed).Name + " serves", Stable: ref(name, seed).Name},
		}
	}
	running := func(r watch.Rollout, phase strategy.Phase, reason spec.Reason, step, steps, weight int, message string) watch.Rollout {
		canary := ref(r.Name, 99)
		r.Run = &strategy.Run{
			Number: 6, ID: r.Name + "-6", Strategy: r.Strategy, Canary: canary, Stable: strategy.Ref{Name: r.Status.Stable, Hash: "stable"}, Service: r.Name,
			Phase: strategy.RunShifting, Step: step - 1, Weight: weight, StartedAt: now.Add(-9 * time.Minute), Since: now.Add(-4 * time.Minute),
			FirstAt: now.Add(-8 * time.Minute), WeightAt: now.Add(-4 * time.Minute),
			Weights: []strategy.WeightChange{{At: now.Add(-4 * time.Minute), Weight: weight, Reason: spec.ReasonWeight, Message: "the first step"}},
		}
		r.Braked = true
		r.Status = strategy.Status{
			Phase: phase, Reason: reason, Message: message, Step: step, Steps: steps, Weight: weight, Canary: canary.Name, Stable: r.Status.Stable,
			CanaryReady: max(1, 6*weight/100), CanaryWanted: max(1, 6*weight/100),
		}
		return r
	}
	blocked := quiet("media", "encoder", 41, 3*time.Hour)
	blocked.Strategy, blocked.Braked = "", true
	blocked.Status.Phase, blocked.Status.Reason = strategy.PhaseBlocked, spec.ReasonInvalidAnnotation
	blocked.Status.Message = `sluice.dev/steps is "10,5,100": weights must rise; for example 10@1m,50@1m,100@1m`
	green := quiet("identity", "login", 51, 30*time.Hour)
	green.Strategy = spec.StrategyBlueGreen
	return []watch.Rollout{
		quiet("shop", "search", 21, 50*time.Minute), quiet("shop", "recommendations", 22, 5*time.Hour), quiet("media", "thumbnails", 23, 8*24*time.Hour),
		blocked,
		running(quiet("shop", "payment", 31, 30*time.Hour), strategy.PhaseHeld, spec.ReasonApproval, 2, 4, 25,
			"canary payment-5f6d at 25 %, step 2 of 4: waiting for an approval since 09:12:40"),
		running(green, strategy.PhaseShifting, spec.ReasonSwapped, 2, 2, 100, "bakes until 09:31:00"),
		running(quiet("media", "player", 61, 9*time.Hour), strategy.PhaseHeld, spec.ReasonBlind, 1, 3, 10,
			"canary player-1c22 at 10 %, step 1 of 3: error-rate: stable's pods have no such metric: hold"),
	}
}

// Strange is text that a page must not take for its own: of each it shows the characters, and nothing happens.
func Strange() string {
	return `"'><script>window.pwned=1</script><img src=x onerror="window.pwned=1"></script>{{.}}<svg onload=window.pwned=1>javascript:window.pwned=1`
}

// Hostile is a story that has Strange wherever users have a say.
func Hostile() Story {
	s := Aborted()
	s.Key, s.Strange = strategy.Key{Namespace: "shop", Name: `a<b onclick=x>`}, Strange()
	return s
}
