package analysis

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScopedRules(t *testing.T) {
	firing := FiringState{Active: true, Firing: true, Since: 130 * time.Second, Labels: pay, Value: .31}
	active := FiringState{Active: true, Since: 45 * time.Second, Labels: pay, Value: .31}
	seen := func(canary, stable FiringState) Firing {
		return Firing{At: second(120), Canary: canary, Stable: stable, CanarySeen: true}
	}
	unseen := func(at int, canary FiringState) Firing {
		return Firing{At: second(at), Canary: canary, Unseen: "queue_length"}
	}
	quiet := FiringState{}
	tests := map[string]struct {
		severity Severity
		global   bool
		weight   int
		firing   Firing
		outcome  Outcome
		reason   Reason
		message  string
	}{
		"quiet passes": {
			firing: seen(quiet, quiet), outcome: Pass, reason: ReasonEnough, message: "alert/Slow: quiet about the canary: pass",
		},
		"firing for the canary alone is an abort": {
			firing: seen(firing, quiet), outcome: Fail, reason: ReasonAlert,
			message: `alert/Slow {path="/pay"}: fires for the canary since 2m10s (value 0.31): abort`,
		},
		"of a warning it is a hold": {
			severity: SeverityHold, firing: seen(firing, quiet), outcome: Hold, reason: ReasonWarning,
			message: `alert/Slow {path="/pay"}: fires for the canary since 2m10s (value 0.31), which is a warning: hold`,
		},
		"firing for both is the environment": {
			firing: seen(firing, firing), outcome: Hold, reason: ReasonEnvironment,
			message: `alert/Slow {path="/pay"}: fires for the canary since 2m10s (value 0.31), but for stable as well: hold`,
		},
		"also when stable comes a little later": {firing: seen(firing, active), outcome: Hold, reason: ReasonEnvironment},
		"at 100 % stable's state is no excuse":  {weight: 100, firing: seen(firing, firing), outcome: Fail, reason: ReasonAlert},
		"firing for stable alone is not the canary's matter": {
			firing: seen(quiet, firing), outcome: Pass, reason: ReasonEnough,
		},
		"true but not for long enough waits": {
			firing: seen(active, quiet), outcome: Wait, reason: ReasonPending,
			message: "alert/Slow: true for the canary since 45s (value 0.31), fires after 2m0s: wait",
		},
		"what the canary doesn't have is a hold": {
			firing: unseen(120, quiet), outcome: Hold, reason: ReasonSilent,
			message: "alert/Slow: queue_length has no series of the canary's pods (shop-new-…): was it renamed?: hold",
		},
		"but not before its pods can have been scraped": {
			firing: unseen(104, quiet), outcome: Wait, reason: ReasonNotEnough,
			message: "alert/Slow: queue_length has no series of the canary's pods (shop-new-…) yet: wait",
		},
		"a rule that fires all the same counts": {firing: unseen(120, firing), outcome: Fail, reason: ReasonAlert},
		"Prometheus can't be reached": {
			firing:  Firing{At: second(120), Canary: firing, Problem: &Problem{ReasonUnreachable, "no connection"}},
			outcome: Hold, reason: ReasonUnreachable, message: "alert/Slow: no connection: hold",
		},
		"the control on stable fails": {
			firing:  Firing{At: second(120), Problem: &Problem{ReasonPositiveControl, "stable has no queue_length"}},
			outcome: Hold, reason: ReasonPositiveControl,
		},
		"it was never asked": {firing: Firing{Canary: firing}, outcome: Hold, reason: ReasonStale},
		"it was asked too long ago": {
			firing: Firing{At: second(44), CanarySeen: true}, outcome: Hold, reason: ReasonStale,
			message: "alert/Slow: the rule was evaluated 1m31s ago: hold",
		},
		"a global rule that is quiet passes": {global: true, firing: Firing{At: second(120)}, outcome: Pass, reason: ReasonEnough},
		"a global rule that fires holds, whatever its severity": {
			global: true, firing: seen(firing, firing), outcome: Hold, reason: ReasonGlobal,
			message: `alert/Slow {path="/pay"}: fires for the service as a whole since 2m10s (value 0.31): hold`,
		},
		"in whichever state it is given":         {global: true, firing: seen(quiet, firing), outcome: Hold, reason: ReasonGlobal},
		"a global rule that is about to fire":    {global: true, firing: seen(quiet, active), outcome: Wait, reason: ReasonPending},
		"a global rule that fires at 100 % too":  {global: true, weight: 100, firing: seen(firing, firing), outcome: Hold, reason: ReasonGlobal},
		"a number that is none is not handed on": {firing: seen(FiringState{Value: math.NaN()}, FiringState{Value: math.Inf(1)}), outcome: Pass, reason: ReasonEnough},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rule := Alert{Name: "Slow", Severity: test.severity, Scoped: &ScopedRule{Query: "x > 1", For: 2 * time.Minute, Global: test.global}}
			if rule.Severity == "" {
				rule.Severity = SeverityAbort
			}
			sub := subject(Gates{Alerts: []Alert{rule}})
			if test.weight != 0 {
				sub.Weight = test.weight
			}
			ev := evidence(Family{})
			ev.Alerts = []AlertEvidence{{Firing: test.firing}}
			v := Judge(sub, ev, second(135))
			assert.Equal(t, test.outcome, v.Outcome, v.Message)
			assert.Equal(t, test.reason, v.Reason, v.Message)
			if test.message != "" {
				assert.Equal(t, test.message, v.Message)
			}
			_, err := json.Marshal(v)
			require.NoError(t, err)
			assert.Equal(t, map[bool]Mode{true: ModeGlobal, false: ModeScoped}[test.global], v.Gates[0].Mode)
			assert.Zero(t, v.Gates[0].Threshold)
		})
	}
}

func TestLiftedRules(t *testing.T) {
	good, bad := [2]Counts{counts(300, 0), counts(2700, 3)}, [2]Counts{counts(300, 90), counts(2700, 3)}
	shared := [2]Counts{counts(300, 90), counts(2700, 810)}
	judge := func(severity Severity, weight int, c [2]Counts) Verdict {
		sub := lifted(severity)
		sub.Weight = weight
		return Judge(sub, asAlert(history(c)), second(135))
	}
	assert.Equal(t, Pass, judge(SeverityAbort, 10, good).Outcome)
	assert.Equal(t, ReasonAlert, judge(SeverityAbort, 10, bad).Reason)
	assert.Equal(t, Fail, judge(SeverityAbort, 10, bad).Outcome)
	assert.Equal(t, Fail, judge(SeverityAbort, 100, shared).Outcome, "at 100 % there is nothing to compare with")
	assert.Equal(t, ReasonEnvironment, judge(SeverityAbort, 10, shared).Reason)
	assert.Equal(t, ReasonEnvironment, judge(SeverityHold, 10, shared).Reason)
	for _, severity := range []Severity{SeverityHold, "", "info"} {
		v := judge(severity, 10, bad)
		assert.Equal(t, Hold, v.Outcome, "whatever is not said to abort does not")
		assert.Equal(t, ReasonWarning, v.Reason)
		assert.Equal(t, "alert/HighErrors: canary 90/300 (30.0 %), stable 3/2700 (0.1 %), E 10^68 ≥ 200, which is a warning: hold", v.Message)
	}

	slow := lifted(SeverityAbort)
	slow.Gates.Alerts[0].Lifted.Latency = true
	between := asAlert(history([2]Counts{counts(600, 36), counts(5400, 324)}))
	assert.Equal(t, Wait, Judge(lifted(SeverityAbort), between, second(135)).Outcome)
	assert.Equal(t, Pass, Judge(slow, between, second(135)).Outcome, "a quantile is tolerated up to twice the share, as the latency gate's is")
}

func TestAnAlertThatIsNoneHolds(t *testing.T) {
	good := asAlert(history([2]Counts{counts(300, 0), counts(2700, 3)}))
	tests := map[string]struct {
		alert  Alert
		ev     Evidence
		reason Reason
	}{
		"neither lifted nor scoped":           {Alert{}, good, ReasonInvalid},
		"a limit of 0":                        {Alert{Lifted: &LiftedRule{}}, good, ReasonInvalid},
		"a limit of 1":                        {Alert{Lifted: &LiftedRule{Limit: 1}}, good, ReasonInvalid},
		"a limit that is no number":           {Alert{Lifted: &LiftedRule{Limit: math.NaN()}}, good, ReasonInvalid},
		"no evidence for a lifted rule":       {Alert{Lifted: &LiftedRule{Limit: .1}}, evidence(Family{}), ReasonPositiveControl},
		"no evidence for a scoped rule":       {Alert{Scoped: &ScopedRule{}}, evidence(Family{}), ReasonStale},
		"no evidence for a global rule":       {Alert{Scoped: &ScopedRule{Global: true}}, evidence(Family{}), ReasonStale},
		"nothing was ever gathered, lifted":   {Alert{Lifted: &LiftedRule{Limit: .1}}, Evidence{}, ReasonStale},
		"nothing was ever gathered, scoped":   {Alert{Scoped: &ScopedRule{}}, Evidence{}, ReasonStale},
		"a family of stable's pods was empty": {Alert{Lifted: &LiftedRule{Limit: .1}}, asAlert(Family{}), ReasonPositiveControl},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, weight := range []int{0, 10, 100} {
				sub := subject(Gates{Alerts: []Alert{test.alert}})
				sub.Weight = weight
				v := Judge(sub, test.ev, second(135))
				assert.Equal(t, Hold, v.Outcome, v.Message)
				assert.Equal(t, test.reason, v.Reason, v.Message)
			}
		})
	}
	foreign := good
	foreign.Run = "run-0"
	foreign.Alerts = []AlertEvidence{{Firing: Firing{At: second(120), CanarySeen: true}}}
	sub := subject(Gates{Alerts: []Alert{{Scoped: &ScopedRule{}}}})
	assert.Equal(t, ReasonInvalid, Judge(sub, foreign, second(135)).Reason)
	twice := good
	twice.Alerts = append(twice.Alerts, twice.Alerts[0])
	assert.Equal(t, Hold, Judge(lifted(SeverityAbort), twice, second(135)).Outcome, "evidence of which it isn't known what it is about")
}

// Before the canary gets any traffic only stable can be asked, and only about the rules: the canary's own series don't matter.
func TestBeforeTheStart(t *testing.T) {
	scoped := Alert{Name: "S", Severity: SeverityAbort, Scoped: &ScopedRule{For: time.Minute}}
	global := Alert{Name: "G", Severity: SeverityAbort, Scoped: &ScopedRule{Global: true}}
	share := Alert{Name: "L", Severity: SeverityAbort, Lifted: &LiftedRule{Limit: .05}}
	stable := func(requests, bad float64) Family {
		f := history([2]Counts{{}, counts(requests, bad)}, [2]Counts{{}, counts(requests, bad)})
		f.CanarySeen = time.Time{}
		for i := range f.Intervals {
			f.Intervals[i].CanaryReported = false
		}
		return f
	}
	path := stable(1000, 10)
	for _, key := range []string{pay, cart} {
		g := Group{Key: key}
		for _, in := range path.Intervals {
			in.Stable = counts(500, 0)
			if key == pay {
				in.Stable = counts(60, 30)
			}
			g.Intervals = append(g.Intervals, in)
		}
		path.Groups = append(path.Groups, g)
	}
	lost := stable(1000, 1)
	lost.StableSeen = second(60)
	fires := FiringState{Active: true, Firing: true, Since: time.Minute, Value: 3}
	at := second(120)
	tests := map[string]struct {
		alert   Alert
		known   AlertEvidence
		outcome Outcome
		reason  Reason
		message string
	}{
		"a scoped rule that is quiet":         {scoped, AlertEvidence{Firing: Firing{At: at}}, Pass, ReasonEnough, "alert/S: quiet about stable: pass"},
		"one that is about to fire":           {scoped, AlertEvidence{Firing: Firing{At: at, Stable: FiringState{Active: true}}}, Wait, ReasonPending, "alert/S: true for stable since 0s (value 0), fires after 1m0s: wait"},
		"a scoped rule that fires for stable": {scoped, AlertEvidence{Firing: Firing{At: at, Stable: fires}}, Hold, ReasonBefore, "alert/S: fires for stable since 1m0s (value 3), before the canary has any traffic: hold"},
		"a scoped rule whose control fails": {
			scoped, AlertEvidence{Firing: Firing{At: at, Problem: &Problem{ReasonPositiveControl, "no series"}}}, Hold, ReasonPositiveControl, "",
		},
		"a global rule that fires": {global, AlertEvidence{Firing: Firing{At: at, Canary: fires, Stable: fires}}, Hold, ReasonGlobal, ""},
		"a global rule that is about to": {
			global, AlertEvidence{Firing: Firing{At: at, Canary: FiringState{Active: true}}}, Pass, ReasonEnough, "alert/G: quiet: pass",
		},
		"a lifted rule within its limit": {
			share, AlertEvidence{Family: stable(1000, 40)}, Pass, ReasonEnough, "alert/L: stable 80/2000 (4.0 %), not over the limit: pass",
		},
		"a lifted rule that stable breaks": {
			share,
			AlertEvidence{Family: stable(1000, 150)},
			Hold, ReasonBefore,
			"alert/L: stable 300/2000 (15.0 %), E 10^59 ≥ 200, before the canary has any traffic: hold",
		},
		"a lifted rule that a group of stable breaks": {
			share,
			AlertEvidence{Family: path},
			Hold, ReasonBefore,
			`alert/L {path="/pay"}: stable 60/120 (50.0 %), E 10^41 ≥ 200, before the canary has any traffic: hold`,
		},
		"a lifted rule that stable has not been asked about": {share, AlertEvidence{}, Hold, ReasonPositiveControl, ""},
		"a lifted rule of which stable's samples have ended": {share, AlertEvidence{Family: lost}, Hold, ReasonStale, ""},
		"a lifted rule that stable has no requests for":      {share, AlertEvidence{Family: stable(0, 0)}, Pass, ReasonEnough, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sub := subject(Gates{MaxErrorRate: .01, Reach: &Reach{}, Compare: true, Alerts: []Alert{test.alert}})
			sub.Gates.MaxErrorRate, sub.Gates.Reach = 0, nil
			sub.Weight = 0
			ev := evidence(Family{})
			ev.Alerts = []AlertEvidence{test.known}
			v := Judge(sub, ev, second(135))
			assert.Equal(t, test.outcome, v.Outcome, v.Message)
			assert.Equal(t, test.reason, v.Reason, v.Message)
			if test.message != "" {
				assert.Equal(t, test.message, v.Message)
			}
			sub.Gates.MaxErrorRate, sub.Gates.LatencyThreshold, sub.Gates.Reach = .01, time.Second, &Reach{}
			assert.Len(t, Judge(sub, ev, second(135)).Gates, 1, "the others are not judged yet")
		})
	}
	sub := subject(onlyErrors)
	sub.Weight = 0
	v := Judge(sub, evidence(history([2]Counts{counts(100, 100), counts(900, 0)})), second(135))
	assert.Equal(t, Pass, v.Outcome)
	assert.Equal(t, "no alert rules to ask before the start: pass", v.Message)
}
