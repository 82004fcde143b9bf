package prometheus

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

const (
	ruleQuery    = `rate(http_requests_total{namespace="shop",pod=~"__sluice_pods__",status="500"}[1m]) > 1`
	ofCanaryPods = `rate(http_requests_total{namespace="shop",pod=~"shop-new-[a-z0-9]{5}",status="500"}[1m]) > 1`
	ofStablePods = `rate(http_requests_total{namespace="shop",pod=~"shop-old-[a-z0-9]{5}",status="500"}[1m]) > 1`
)

// scopedRule is a rule that reads http_requests_total by these matchers.
func scopedRule(matchers ...spec.Matcher) analysis.Alert {
	return analysis.Alert{Name: "Errors", Severity: analysis.SeverityAbort, Scoped: &analysis.ScopedRule{
		Query: ruleQuery, For: 40 * time.Second,
		Controls: []analysis.Control{{Selector: spec.Selector{Metric: "http_requests_total", Matchers: matchers}}},
	}}
}

// selecting is a rule that reads this.
func selecting(s spec.Selector) analysis.Alert {
	rule := scopedRule()
	rule.Scoped.Controls[0].Selector = s
	return rule
}

func equal(label, value string) spec.Matcher {
	return spec.Matcher{Label: label, Op: spec.MatchEqual, Value: value}
}

// ruled is a subject with nothing but rules.
func ruled(alerts ...analysis.Alert) analysis.Subject {
	sub := subject()
	sub.Gates = analysis.Gates{Alerts: alerts}
	return sub
}

// bothServe gives both versions a counter.
func bothServe(f *fake) {
	f.put(requests(stablePod, "200", steady(-70, 40, 1000, 10)))
	f.put(requests(canaryPod, "200", steady(-70, 40, 1000, 10)))
}

func TestARuleFiresAfterItsTime(t *testing.T) {
	state := func(since int) analysis.FiringState {
		s := time.Duration(since) * time.Second
		return analysis.FiringState{Active: true, Since: s, Firing: s >= 40*time.Second, Labels: `path="/pay"`, Value: .25}
	}
	tests := map[string]struct {
		canary expression
		want   analysis.FiringState
	}{
		"never true":             {never, analysis.FiringState{}},
		"true since the end":     {during(90, 999), state(0)},
		"true for a while":       {during(61, 999), state(15)},
		"true for two thirds":    {during(60, 999), state(30)},
		"true for long enough":   {during(45, 999), state(45)},
		"true for much longer":   {during(-999, 999), state(45)},
		"true until just before": {during(-999, 75), analysis.FiringState{}},
		"with a gap": {
			func(at time.Time) map[string]float64 {
				if at.Equal(second(75)) {
					return nil
				}
				return map[string]float64{`{"path":"/pay"}`: .25}
			}, state(0),
		},
		"of several series the one that was true for the longest": {
			func(at time.Time) map[string]float64 {
				if at.Before(second(75)) {
					return map[string]float64{`{"path":"/a"}`: 9, `{"path":"/pay"}`: 1}
				}
				return map[string]float64{`{"path":"/b"}`: 3, `{"path":"/pay"}`: .25}
			}, state(45),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			bothServe(f)
			f.evaluates(ofCanaryPods, test.canary)
			f.evaluates(ofStablePods, never)
			ev := collect(t, source(t, f), second(110), ruled(scopedRule(equal("status", "500"))))[0]
			require.Len(t, ev.Alerts, 1)
			assert.Equal(t, analysis.Firing{At: second(90), Canary: test.want, CanarySeen: true}, ev.Alerts[0].Firing)
			assert.Equal(t, second(90), ev.End)
		})
	}
}

func TestARuleIsAskedForBothVersionsAtOnce(t *testing.T) {
	f := newFake(t)
	bothServe(f)
	f.evaluates(ofCanaryPods, never)
	f.evaluates(ofStablePods, during(0, 999))
	global := analysis.Alert{Name: "Everything", Scoped: &analysis.ScopedRule{Query: "up == 0 # as it stands", Global: true}}
	f.evaluates("up == 0 # as it stands", during(80, 999))
	ev := collect(t, source(t, f), second(110), ruled(scopedRule(), global))[0]
	assert.True(t, ev.Alerts[0].Firing.Stable.Firing)
	assert.False(t, ev.Alerts[0].Firing.Canary.Active)
	assert.True(t, ev.Alerts[1].Firing.Canary.Firing, "without a duration it fires at once")
	assert.Equal(t, ev.Alerts[1].Firing.Canary, ev.Alerts[1].Firing.Stable, "a rule that is taken as it stands knows no versions")
	assert.Empty(t, ev.Alerts[1].Firing.Unseen)
	assert.Equal(t, []string{
		`group by (namespace,pod) (http_requests_total{namespace=~"shop",pod=~"(shop-new-|shop-old-)[a-z0-9]{5}"})`,
		"label_replace((\n" + ofCanaryPods + "\n),\"sluice_id\",\"0\",\"\",\"\") or label_replace((\n" + ofStablePods +
			"\n),\"sluice_id\",\"1\",\"\",\"\") or label_replace((\nup == 0 # as it stands\n),\"sluice_id\",\"2\",\"\",\"\")",
	}, f.asked())
}

func TestARuleThatReadsTheWrongThingSaysSo(t *testing.T) {
	versioned := func(f *fake) {
		for pod, version := range map[string]string{stablePod: "v1", canaryPod: "v2"} {
			labels, samples := requests(pod, "200", steady(-70, 40, 1000, 10))
			f.put(with(labels, "version", version), samples)
		}
	}
	tests := map[string]struct {
		put     func(*fake)
		rule    analysis.Alert
		problem string
		unseen  string
	}{
		"all is well": {versioned, scopedRule(equal("status", "500")), "", ""},
		"nobody has the metric": {
			func(*fake) {}, scopedRule(), "http_requests_total has no series of stable's pods (shop-old-…)", "http_requests_total",
		},
		"only the canary has it": {
			func(f *fake) { f.put(requests(canaryPod, "200", steady(-70, 40, 1000, 10))) }, scopedRule(),
			"http_requests_total has no series of stable's pods", "",
		},
		"only stable has it": {
			func(f *fake) { f.put(requests(stablePod, "200", steady(-70, 40, 1000, 10))) }, scopedRule(), "", "http_requests_total",
		},
		"a label that nobody has":                  {versioned, scopedRule(equal("statuz", "500")), `no series of stable's http_requests_total has the label "statuz", which statuz="500" asks for`, ""},
		"a label that nobody has and nobody needs": {versioned, scopedRule(spec.Matcher{Label: "probe", Op: spec.MatchNotEqual, Value: "yes"}), "", ""},
		"a matcher that only stable fits":          {versioned, scopedRule(equal("version", "v1")), `version="v1" fits all of stable's series of http_requests_total and none of the canary's`, ""},
		"a matcher that leaves out the canary":     {versioned, scopedRule(spec.Matcher{Label: "version", Op: spec.MatchNotRegexp, Value: "v2"}), `version!~"v2" fits all of stable's`, ""},
		"stable fails all and the canary nothing": {
			func(f *fake) {
				f.put(requests(stablePod, "500", steady(-70, 40, 1000, 10)))
				f.put(requests(canaryPod, "200", steady(-70, 40, 1000, 10)))
			}, scopedRule(equal("status", "500")), "", "",
		},
		"a selector without a metric's name": {
			versioned, selecting(spec.Selector{Matchers: []spec.Matcher{{Label: "__name__", Op: spec.MatchRegexp, Value: "http_.*"}}}), "", "",
		},
		"a selector without a metric's name that finds nothing": {
			versioned, selecting(spec.Selector{Matchers: []spec.Matcher{{Label: "__name__", Op: spec.MatchRegexp, Value: "ftp_.*"}}}),
			`{__name__=~"ftp_.*"} has no series of stable's pods`, `{__name__=~"ftp_.*"}`,
		},
		"a matcher that is none": {versioned, scopedRule(spec.Matcher{Label: "status", Op: spec.MatchRegexp, Value: "("}), "error parsing regexp", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			test.put(f)
			f.evaluates(ofCanaryPods, never)
			f.evaluates(ofStablePods, never)
			firing := collect(t, source(t, f), second(110), ruled(test.rule))[0].Alerts[0].Firing
			assert.Equal(t, test.unseen, firing.Unseen)
			assert.Equal(t, test.unseen == "", firing.CanarySeen)
			if test.problem == "" {
				assert.Nil(t, firing.Problem)
				return
			}
			require.NotNil(t, firing.Problem)
			assert.Contains(t, firing.Problem.Detail, test.problem)
			if !strings.Contains(test.problem, "regexp") {
				assert.Equal(t, analysis.ReasonPositiveControl, firing.Problem.Reason)
			}
		})
	}
}

func TestBeforeTheStartOnlyStableIsAsked(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 40, 1000, 10)))
	f.evaluates(ofStablePods, during(0, 999))
	sub := subject()
	sub.Weight = 0
	sub.Gates.LatencyThreshold, sub.Gates.Reach = time.Second, &analysis.Reach{Canary: "shop-canary", Stable: "shop"}
	sub.Gates.Alerts = []analysis.Alert{scopedRule(equal("status", "500")), lifted(equal("status", "500"))}
	ev := collect(t, source(t, f), second(110), sub)[0]
	assert.Zero(t, ev.Errors)
	assert.Zero(t, ev.Latency)
	assert.Zero(t, ev.Reach)
	require.Len(t, ev.Alerts, 2)
	assert.Nil(t, ev.Alerts[0].Firing.Problem)
	assert.True(t, ev.Alerts[0].Firing.Stable.Firing)
	assert.Zero(t, ev.Alerts[0].Firing.Canary)
	assert.Nil(t, ev.Alerts[1].Family.Problem)
	_, stable := sum(ev.Alerts[1].Family)
	assert.Equal(t, analysis.Counts{Requests: 60}, stable)
	queries := f.asked()
	assert.Len(t, queries, 3)
	for _, q := range queries {
		assert.NotContains(t, q, "shop-new")
	}
}

func TestABrokenRuleBlindsOnlyItself(t *testing.T) {
	f := newFake(t)
	bothServe(f)
	f.evaluates(ofCanaryPods, during(0, 999))
	f.evaluates(ofStablePods, never)
	broken := analysis.Alert{Name: "Broken", Scoped: &analysis.ScopedRule{Query: "what(", Global: true}}
	endless := analysis.Alert{Name: "Endless", Scoped: &analysis.ScopedRule{Query: "up == 0", For: 1 << 62, Global: true}}
	f.evaluates("up == 0", during(0, 999))
	sub := ruled(broken, scopedRule(), endless)
	sub.Gates.MaxErrorRate = .05
	ev := collect(t, source(t, f), second(110), sub, sub)[1]
	require.NotNil(t, ev.Alerts[0].Firing.Problem)
	assert.Equal(t, analysis.ReasonRefused, ev.Alerts[0].Firing.Problem.Reason)
	assert.Nil(t, ev.Alerts[1].Firing.Problem)
	assert.True(t, ev.Alerts[1].Firing.Canary.Firing)
	require.NotNil(t, ev.Alerts[2].Firing.Problem, "no duration is that long")
	assert.Nil(t, ev.Errors.Problem)
	assert.Equal(t, second(90), ev.End)
}

func TestARuleThatNobodyNamesAnyMoreIsForgotten(t *testing.T) {
	f := newFake(t)
	bothServe(f)
	f.evaluates(ofCanaryPods, never)
	f.evaluates(ofStablePods, never)
	s := source(t, f)
	sub := ruled(scopedRule())
	collect(t, s, second(110), sub)
	collect(t, s, second(125), ruled())
	collect(t, s, second(140), ruled())
	assert.Empty(t, s.runs[identify(&sub)].watches)
	assert.Empty(t, s.runs[identify(&sub)].controls)
	assert.Len(t, f.asked(), 2)
}

func TestASlowRuleDelaysNoOther(t *testing.T) {
	f := newFake(t)
	bothServe(f)
	f.evaluates(ofCanaryPods, during(0, 999))
	f.evaluates(ofStablePods, never)
	f.evaluates("slow", never)
	hanging(t, f, "slow")
	slow := ruled(analysis.Alert{Name: "Slow", Scoped: &analysis.ScopedRule{Query: "slow", Global: true}})
	slow.Deployment, slow.Run = "another", "another"
	s := source(t, f, func(o *Options) { o.QueryTimeout = 500 * time.Millisecond })
	quick := ruled(scopedRule())
	assert.NotNil(t, collect(t, s, second(110), slow, quick)[1].Alerts[0].Firing.Problem, "together they have to wait")
	for i := range 3 {
		evidence := collect(t, s, second(125+15*i), slow, quick)
		require.NotNil(t, evidence[0].Alerts[0].Firing.Problem)
		assert.Equal(t, analysis.ReasonUnreachable, evidence[0].Alerts[0].Firing.Problem.Reason)
		assert.Nil(t, evidence[1].Alerts[0].Firing.Problem)
	}
}

func TestARuleThatWasNotAskedForIsNoQuietRule(t *testing.T) {
	f := newFake(t)
	bothServe(f)
	f.evaluates(ofCanaryPods, never)
	f.evaluates(ofStablePods, never)
	sub := ruled(scopedRule())
	ev := collect(t, source(t, f, func(o *Options) { o.MaxQueries = 1 }), second(110), sub)[0]
	require.NotNil(t, ev.Alerts[0].Firing.Problem)
	assert.Equal(t, analysis.ReasonStale, ev.Alerts[0].Firing.Problem.Reason)

	s := source(t, f)
	assert.Nil(t, collect(t, s, second(110), sub)[0].Alerts[0].Firing.Problem)
	s.options.MaxQueries = 0
	ev = collect(t, s, second(125), sub)[0]
	require.NotNil(t, ev.Alerts[0].Firing.Problem, "nor is one that was asked for some time ago")
	s.options.MaxQueries = 100
	f.set(func(w http.ResponseWriter, query string) bool {
		if strings.HasPrefix(query, "group") {
			refuse(w, "execution", "too many")
			return true
		}
		return false
	})
	ev = collect(t, s, second(140), sub)[0]
	require.NotNil(t, ev.Alerts[0].Firing.Problem, "nor is one whose control has failed, though it succeeded before")
	assert.Equal(t, analysis.ReasonRefused, ev.Alerts[0].Firing.Problem.Reason)
}

func TestARuleInTroubleMakesNothingElseLookOutOfDate(t *testing.T) {
	f := newFake(t)
	bothServe(f)
	sub := subject()
	rule := lifted(equal("status", "500"))
	rule.Lifted.Requests.Matchers = []spec.Matcher{equal("job", "pods")}
	sub.Gates.Alerts = []analysis.Alert{rule}
	s := source(t, f)
	require.Nil(t, collect(t, s, second(110), sub)[0].Alerts[0].Family.Problem)
	f.set(func(w http.ResponseWriter, query string) bool {
		if strings.Contains(query, `job="pods"`) {
			refuse(w, "execution", "too many")
			return true
		}
		return false
	})
	ev := collect(t, s, second(170), sub)[0]
	require.NotNil(t, ev.Alerts[0].Family.Problem)
	assert.Nil(t, ev.Errors.Problem)
	assert.Equal(t, second(150), ev.End)
}
