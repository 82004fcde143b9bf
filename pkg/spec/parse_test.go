package spec_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// with is the annotations of a Deployment that is Sluice's, and one more.
func with(name, value string) map[string]string {
	return map[string]string{spec.AnnotationStrategy: "canary", name: value}
}

func TestParseFillsInDefaults(t *testing.T) {
	got := spec.Parse(map[string]string{spec.AnnotationStrategy: "canary", "example.com/other": "x", "sluice.dev": "not under the prefix"})
	assert.Equal(t, spec.Spec{
		Managed:  true,
		Strategy: spec.StrategyCanary,
		Steps: []spec.Step{
			{Weight: 10, Hold: time.Minute}, {Weight: 50, Hold: time.Minute}, {Weight: 100, Hold: time.Minute},
		},
		MaxErrorRate: 0.05, MaxLatency: spec.Latency{Quantile: 0.95, Threshold: 2 * time.Second}, Compare: true,
		OnInconclusive: spec.InconclusiveHold, MaxHold: 30 * time.Minute, Bake: 5 * time.Minute,
	}, got)
	assert.Equal(t, spec.Default(), got)
}

func TestParseLeavesAloneWhatIsNotAnnotated(t *testing.T) {
	for _, annotations := range []map[string]string{nil, {}, {"example.com/strategy": "canary"}, {spec.AnnotationSteps: "50"}} {
		assert.False(t, spec.Parse(annotations).Managed)
		assert.False(t, spec.Managed(annotations))
	}
	assert.True(t, spec.Managed(with(spec.AnnotationStrategy, "nonsense")), "a wrong strategy is Sluice's to complain about")
}

func TestParseAcceptsEveryRightValue(t *testing.T) {
	steps := func(s ...spec.Step) func(*spec.Spec) { return func(want *spec.Spec) { want.Steps = s } }
	routes := func(r ...spec.RouteRef) func(*spec.Spec) { return func(want *spec.Spec) { want.VirtualServices = r } }
	hooks := func(hook spec.Hook, name string) func(*spec.Spec) {
		return func(want *spec.Spec) { want.Hooks = map[spec.Hook]string{hook: name} }
	}
	full := spec.Step{Weight: 100, Hold: time.Minute}
	for _, c := range []struct {
		says, name, value string
		want              func(*spec.Spec)
	}{
		{"canary is the strategy", spec.AnnotationStrategy, "canary", func(*spec.Spec) {}},
		{"space around a value is nothing", spec.AnnotationStrategy, " canary\n", func(*spec.Spec) {}},
		{
			"steps with their times", spec.AnnotationSteps, "10@2m,50@5m,100@90s",
			steps(spec.Step{Weight: 10, Hold: 2 * time.Minute}, spec.Step{Weight: 50, Hold: 5 * time.Minute}, spec.Step{Weight: 100, Hold: 90 * time.Second}),
		},
		{"a step without a time has a minute", spec.AnnotationSteps, "100", steps(full)},
		{"a plan that ends below 100 gets that step", spec.AnnotationSteps, "25", steps(spec.Step{Weight: 25, Hold: time.Minute}, full)},
		{"space between steps is nothing", spec.AnnotationSteps, " 1@1s , 100@0s ", steps(spec.Step{Weight: 1, Hold: time.Second}, spec.Step{Weight: 100})},
		{"a step may wait for approval", spec.AnnotationSteps, "10@pause,100", steps(spec.Step{Weight: 10, Pause: true}, full)},
		{"thirty days are the longest", spec.AnnotationSteps, "100@720h", steps(spec.Step{Weight: 100, Hold: 720 * time.Hour})},
		{"a Service", spec.AnnotationService, "shop", func(want *spec.Spec) { want.Service = "shop" }},
		{"a VirtualService", spec.AnnotationVirtualService, "shop", routes(spec.RouteRef{Name: "shop"})},
		{
			"several, some by route", spec.AnnotationVirtualService, "shop/api, shop/web ,shop.tcp-2",
			routes(spec.RouteRef{Name: "shop", Route: "api"}, spec.RouteRef{Name: "shop", Route: "web"}, spec.RouteRef{Name: "shop.tcp-2"}),
		},
		{
			"of another namespace, and one route there", spec.AnnotationVirtualService, "infra/shop/*,infra/shop/api",
			routes(spec.RouteRef{Namespace: "infra", Name: "shop"}, spec.RouteRef{Namespace: "infra", Name: "shop", Route: "api"}),
		},
		{
			"a header, which is written before the first weight", spec.AnnotationCanaryHeader, "X-Canary = always",
			func(want *spec.Spec) {
				want.CanaryHeader = spec.Header{Name: "x-canary", Value: "always"}
				want.Steps = append([]spec.Step{{}}, want.Steps...)
			},
		},
		{
			"a mirror, which is judged before the first weight", spec.AnnotationMirror, "10%",
			func(want *spec.Spec) {
				want.Mirror = 10
				want.Steps = append([]spec.Step{{Hold: time.Minute}}, want.Steps...)
			},
		},
		{"a migration", spec.AnnotationBefore, "cronjob/migrate", hooks(spec.HookBefore, "migrate")},
		{"a smoke test", spec.AnnotationVerify, "cronjob/smoke", hooks(spec.HookVerify, "smoke")},
		{"a clean-up", spec.AnnotationAfter, "cronjob/tidy.up", hooks(spec.HookAfter, "tidy.up")},
		{"an error rate", spec.AnnotationMaxErrorRate, "1%", func(want *spec.Spec) { want.MaxErrorRate = 0.01 }},
		{"a share of a percent", spec.AnnotationMaxErrorRate, "0.5 %", func(want *spec.Spec) { want.MaxErrorRate = 0.005 }},
		{"no error rate", spec.AnnotationMaxErrorRate, "off", func(want *spec.Spec) { want.MaxErrorRate = 0 }},
		{
			"a latency", spec.AnnotationMaxLatency, "p95<500ms",
			func(want *spec.Spec) {
				want.MaxLatency = spec.Latency{Quantile: 0.95, Threshold: 500 * time.Millisecond}
			},
		},
		{
			"with a fractional quantile", spec.AnnotationMaxLatency, "p99.9 < 2s",
			func(want *spec.Spec) {
				want.MaxLatency = spec.Latency{Quantile: 0.9990000000000001, Threshold: 2 * time.Second}
			},
		},
		{"no latency", spec.AnnotationMaxLatency, "off", func(want *spec.Spec) { want.MaxLatency = spec.Latency{} }},
		{"compare", spec.AnnotationCompare, "on", func(*spec.Spec) {}},
		{"compare not", spec.AnnotationCompare, "off", func(want *spec.Spec) { want.Compare = false }},
		{"hold", spec.AnnotationOnInconclusive, "hold", func(*spec.Spec) {}},
		{"promote", spec.AnnotationOnInconclusive, "promote", func(want *spec.Spec) { want.OnInconclusive = spec.InconclusivePromote }},
		{"abort", spec.AnnotationOnInconclusive, "abort", func(want *spec.Spec) { want.OnInconclusive = spec.InconclusiveAbort }},
		{"a longest wait", spec.AnnotationMaxHold, "2h", func(want *spec.Spec) { want.MaxHold = 2 * time.Hour }},
		{"none", spec.AnnotationMaxHold, "0s", func(want *spec.Spec) { want.MaxHold = 0 }},
		{
			"a command", spec.AnnotationCommand, "abort 6f7d8c9b54",
			func(want *spec.Spec) { want.Command = spec.Command{Verb: spec.VerbAbort, Hash: "6f7d8c9b54"} },
		},
		{
			"with space to spare", spec.AnnotationCommand, "  retry \t x ",
			func(want *spec.Spec) { want.Command = spec.Command{Verb: spec.VerbRetry, Hash: "x"} },
		},
	} {
		t.Run(c.says, func(t *testing.T) {
			want := spec.Default()
			c.want(&want)
			assert.Equal(t, want, spec.Parse(with(c.name, c.value)))
		})
	}
	for _, verb := range []string{"approve", "promote", "abort", "retry", "pause", "resume"} {
		once, again := spec.Parse(with(spec.AnnotationCommand, verb+" h")).Command, spec.Parse(with(spec.AnnotationCommand, verb+" h again")).Command
		assert.Equal(t, spec.Command{Verb: spec.Verb(verb), Hash: "h"}, once)
		assert.Equal(t, spec.Command{Verb: spec.Verb(verb), Hash: "h", Again: true}, again)
		assert.NotEqual(t, once.Mark(), again.Mark(), "each is carried out")
	}
}

func TestParseOfBlueGreen(t *testing.T) {
	got := spec.Parse(map[string]string{spec.AnnotationStrategy: "blue-green"})
	want := spec.Default()
	want.Strategy, want.Steps = spec.StrategyBlueGreen, []spec.Step{{}, {Weight: 100, Hold: spec.DefaultBake}}
	assert.Equal(t, want, got)

	got = spec.Parse(map[string]string{spec.AnnotationStrategy: "blue-green", spec.AnnotationBake: "90s", spec.AnnotationApproval: "on"})
	want.Steps, want.Bake, want.Approval = []spec.Step{{Pause: true}, {Weight: 100, Hold: 90 * time.Second}}, 90*time.Second, true
	assert.Equal(t, want, got)

	for name, value := range map[string]string{
		spec.AnnotationSteps: "10,100", spec.AnnotationVirtualService: "shop", spec.AnnotationCanaryHeader: "x-canary=always", spec.AnnotationMirror: "10%",
	} {
		got := spec.Parse(map[string]string{spec.AnnotationStrategy: "blue-green", name: value})
		require.Len(t, got.Problems, 1, name)
		assert.Equal(t, name+`: "`+value+`": does not apply to the strategy blue-green; want no such annotation, or the strategy canary`, got.Problems[0].String())
	}
}

func TestParseTakesAStepOfWeightZeroWhereSomethingReachesTheCanary(t *testing.T) {
	got := spec.Parse(map[string]string{
		spec.AnnotationStrategy: "canary", spec.AnnotationSteps: "0@pause,100@0s", spec.AnnotationCanaryHeader: "x-canary=always",
	})
	assert.Empty(t, got.Problems)
	assert.Equal(t, []spec.Step{{Pause: true}, {Weight: 100}}, got.Steps)

	got = spec.Parse(map[string]string{
		spec.AnnotationStrategy: "canary", spec.AnnotationSteps: "0@pause,100@0s", spec.AnnotationCanaryHeader: "nonsense",
	})
	require.Len(t, got.Problems, 1, "one mistake, one message")
	assert.Equal(t, spec.AnnotationCanaryHeader, got.Problems[0].Annotation)
}

func TestAReferenceOfTwoPartsCanBeReadInTwoWays(t *testing.T) {
	ref, ok := spec.RouteRef{Name: "infra", Route: "shop"}.Elsewhere()
	assert.True(t, ok)
	assert.Equal(t, spec.RouteRef{Namespace: "infra", Name: "shop"}, ref)
	for _, ref := range []spec.RouteRef{{Name: "shop"}, {Namespace: "infra", Name: "shop"}, {Namespace: "infra", Name: "shop", Route: "api"}} {
		_, ok := ref.Elsewhere()
		assert.False(t, ok, "%+v", ref)
	}
}

func TestParseNamesWhatIsWrongAndKeepsTheDefault(t *testing.T) {
	longName := strings.Repeat("a", 254)
	hundredAndOne := "1"
	for i := 2; i <= 101; i++ {
		hundredAndOne += fmt.Sprintf(",%d", i)
	}
	for _, c := range []struct{ says, name, value, wrong, want string }{
		{"an unknown strategy", spec.AnnotationStrategy, "big-bang", "unknown strategy", `"canary"`},
		{"an empty strategy", spec.AnnotationStrategy, "", "unknown strategy", `"canary"`},

		{"no steps", spec.AnnotationSteps, "", `weight "" is not a whole number`, "10@2m"},
		{"a hole between steps", spec.AnnotationSteps, "10,,100", `weight "" is not a whole number`, "rising weights"},
		{"a weight that is none", spec.AnnotationSteps, "ten", `weight "ten"`, "rising weights"},
		{"a fractional weight", spec.AnnotationSteps, "2.5", `weight "2.5"`, "rising weights"},
		{"a percent sign", spec.AnnotationSteps, "10%", `weight "10%"`, "rising weights"},
		{"weight zero", spec.AnnotationSteps, "0,100", "at weight 0 nobody would reach", spec.AnnotationCanaryHeader},
		{"a weight above 100", spec.AnnotationSteps, "10,101", `weight "101"`, "from 1 to 100"},
		{"a negative weight", spec.AnnotationSteps, "-5", `weight "-5"`, "from 1 to 100"},
		{"a weight that no number holds", spec.AnnotationSteps, "99999999999999999999", "is not a whole number", "from 1 to 100"},
		{"falling weights", spec.AnnotationSteps, "50,10", "10 follows 50", "rising weights"},
		{"equal weights", spec.AnnotationSteps, "50,50", "50 follows 50", "rising weights"},
		{"a time without a unit", spec.AnnotationSteps, "10@2", `"2": not a duration`, "10@2m"},
		{"no time after the @", spec.AnnotationSteps, "10@", `"": not a duration`, "10@2m"},
		{"a negative time", spec.AnnotationSteps, "10@-1m", "can't be negative", "10@2m"},
		{"a time of years", spec.AnnotationSteps, "10@9000h", "longer than 30 days", "10@2m"},
		{"a time that no number holds", spec.AnnotationSteps, "10@99999999999h", "not a duration", "10@2m"},
		{"two times", spec.AnnotationSteps, "10@1m@2m", "not a duration", "10@2m"},
		{"more steps than percents", spec.AnnotationSteps, hundredAndOne, `weight "101"`, "from 1 to 100"},

		{"an empty Service", spec.AnnotationService, "", "not a name", `"shop"`},
		{"a Service with a namespace", spec.AnnotationService, "prod/shop", "not a name", `"shop"`},
		{"a Service in capitals", spec.AnnotationService, "Shop", "not a name", `"shop"`},
		{"a Service that begins with a dash", spec.AnnotationService, "-shop", "not a name", `"shop"`},
		{"a Service that ends with one", spec.AnnotationService, "shop-", "not a name", `"shop"`},
		{"a Service with an empty label", spec.AnnotationService, "shop..x", "not a name", `"shop"`},
		{"a Service with too long a name", spec.AnnotationService, longName, "not a name", `"shop"`},

		{"no VirtualService", spec.AnnotationVirtualService, "", `"" names no VirtualService`, `"shop/api,shop-tcp"`},
		{"a route without a VirtualService", spec.AnnotationVirtualService, "/api", `"/api" names no`, "\"infra/shop\""},
		{"a VirtualService with an empty route", spec.AnnotationVirtualService, "shop/", `"shop/" names no`, "\"infra/shop\""},
		{"too many slashes", spec.AnnotationVirtualService, "prod/shop/api/x", `"prod/shop/api/x" names no`, "\"infra/shop\""},
		{"one wrong among right ones", spec.AnnotationVirtualService, "shop,Web", `"Web" names no`, "\"infra/shop\""},

		{"a rate without its sign", spec.AnnotationMaxErrorRate, "0.05", "no percent sign", `"1%"`},
		{"a rate that is none", spec.AnnotationMaxErrorRate, "few%", "not a percentage", `"1%"`},
		{"a rate of nothing", spec.AnnotationMaxErrorRate, "0%", "not a percentage above 0", `or "off"`},
		{"a rate of everything", spec.AnnotationMaxErrorRate, "100%", "below 100", `or "off"`},
		{"a negative rate", spec.AnnotationMaxErrorRate, "-1%", "above 0", `or "off"`},
		{"a rate too small to be one", spec.AnnotationMaxErrorRate, "5e-324%", "above 0", `or "off"`},
		{"no number", spec.AnnotationMaxErrorRate, "NaN%", "not a percentage", `"1%"`},
		{"infinity", spec.AnnotationMaxErrorRate, "Inf%", "not a percentage", `"1%"`},

		{"a latency without a quantile", spec.AnnotationMaxLatency, "500ms", "pQUANTILE<DURATION", `"p95<500ms"`},
		{"a latency without a p", spec.AnnotationMaxLatency, "95<500ms", "pQUANTILE<DURATION", `"p95<500ms"`},
		{"a quantile that is none", spec.AnnotationMaxLatency, "pmax<500ms", "not between p0 and p100", `"p95<500ms"`},
		{"quantile 0", spec.AnnotationMaxLatency, "p0<500ms", "not between", `"p95<500ms"`},
		{"quantile 100", spec.AnnotationMaxLatency, "p100<500ms", "not between", `"p95<500ms"`},
		{"a quantile too small to be one", spec.AnnotationMaxLatency, "p5e-324<1s", "not between", `"p95<500ms"`},
		{"quantile NaN", spec.AnnotationMaxLatency, "pNaN<500ms", "not between", `"p95<500ms"`},
		{"a bound without a unit", spec.AnnotationMaxLatency, "p95<500", "not a duration", `"p95<500ms"`},
		{"a bound of zero", spec.AnnotationMaxLatency, "p95<0s", "the bound is zero", `or "off"`},
		{"a negative bound", spec.AnnotationMaxLatency, "p95<-1s", "can't be negative", `"p95<500ms"`},

		{"neither on nor off", spec.AnnotationCompare, "yes", "neither on nor off", `"on" or "off"`},
		{"an unknown answer", spec.AnnotationOnInconclusive, "wait", "unknown answer", `"hold", "promote" or "abort"`},
		{"a wait without a unit", spec.AnnotationMaxHold, "30", "not a duration", `"30m"`},
		{"a negative wait", spec.AnnotationMaxHold, "-1s", "can't be negative", `"30m"`},
		{"a wait of years", spec.AnnotationMaxHold, "721h", "longer than 30 days", `"30m"`},

		{"a command without a hash", spec.AnnotationCommand, "abort", "not two words", "abort 6f7d8c9b54"},
		{"an empty command", spec.AnnotationCommand, "", "not two words", "abort 6f7d8c9b54"},
		{"a command said too often", spec.AnnotationCommand, "approve h again again", "not two words", `a third word "again"`},
		{"a command of three words", spec.AnnotationCommand, "abort it now", "not two words", "abort 6f7d8c9b54"},
		{"an unknown verb", spec.AnnotationCommand, "stop 6f7d8c9b54", "unknown verb stop", "verbs: approve, promote"},

		{"a namespace that is none", spec.AnnotationVirtualService, "Prod/shop/*", `"Prod/shop/*" names no`, "infra/shop"},
		{"an empty namespace", spec.AnnotationVirtualService, "/shop/*", `"/shop/*" names no`, "infra/shop"},

		{"a bake of a canary", spec.AnnotationBake, "5m", "does not apply to the strategy canary", "the strategy blue-green"},
		{"a bake that is none", spec.AnnotationBake, "long", "not a duration", `"5m"`},
		{"an approval of a canary", spec.AnnotationApproval, "on", "does not apply to the strategy canary", "the strategy blue-green"},
		{"a header without a value", spec.AnnotationCanaryHeader, "x-canary", "no equals sign", `"x-canary=always"`},
		{"a header with an empty value", spec.AnnotationCanaryHeader, "x-canary=", "no value", `"x-canary=always"`},
		{"a header that breaks the line", spec.AnnotationCanaryHeader, "x-canary=a\nb", "characters that a header can't have", `"x-canary=always"`},
		{"a header that Istio doesn't look at", spec.AnnotationCanaryHeader, "method=POST", "takes no notice", `"x-canary=always"`},
		{"a header that is none", spec.AnnotationCanaryHeader, "x canary=always", `"x canary" is not the name`, `"x-canary=always"`},
		{"a mirror without its sign", spec.AnnotationMirror, "10", "no percent sign", `"10%"`},
		{"a mirror of nothing", spec.AnnotationMirror, "0%", "from 1 to 100", `"10%"`},
		{"a mirror of more than everything", spec.AnnotationMirror, "101%", "from 1 to 100", `"10%"`},
		{"a hook that is no CronJob", spec.AnnotationBefore, "job/migrate", "names no CronJob", `"cronjob/migrate"`},
		{"a hook without a name", spec.AnnotationVerify, "cronjob/", "names no CronJob", `"cronjob/migrate"`},
		{"a hook of another namespace", spec.AnnotationAfter, "cronjob/x/migrate", "names no CronJob", `"cronjob/migrate"`},
		{"a mistyped annotation", spec.Prefix + "step", "10", "unknown annotation", spec.AnnotationSteps},
		{"the prefix alone", spec.Prefix, "x", "unknown annotation", "one of " + spec.AnnotationStrategy},
	} {
		t.Run(c.says, func(t *testing.T) {
			got := spec.Parse(with(c.name, c.value))
			require.Len(t, got.Problems, 1)
			problem := got.Problems[0]
			assert.Equal(t, c.name, problem.Annotation)
			assert.True(t, strings.HasPrefix(c.value, strings.TrimSuffix(problem.Value, "…")), problem.Value)
			assert.Contains(t, problem.Wrong, c.wrong)
			assert.Contains(t, problem.Want, c.want)
			got.Problems = nil
			assert.Equal(t, spec.Default(), got, "every other field has its default")
		})
	}
}

func TestParseTakesAtMostAHundredSteps(t *testing.T) {
	var parts []string
	for i := 1; i <= 100; i++ {
		parts = append(parts, fmt.Sprint(i))
	}
	got := spec.Parse(with(spec.AnnotationSteps, strings.Join(parts, ",")))
	assert.Empty(t, got.Problems)
	assert.Len(t, got.Steps, 100)
}

func TestParseListsAllProblemsInOrder(t *testing.T) {
	got := spec.Parse(map[string]string{
		spec.AnnotationStrategy: "x", spec.AnnotationSteps: "x", spec.AnnotationCompare: "x", spec.AnnotationService: "shop", "other.dev/x": "x",
	})
	require.Len(t, got.Problems, 3)
	assert.Equal(t, spec.AnnotationCompare, got.Problems[0].Annotation)
	assert.Equal(t, spec.AnnotationSteps, got.Problems[1].Annotation)
	assert.Equal(t, spec.AnnotationStrategy, got.Problems[2].Annotation)
	assert.Equal(t, "shop", got.Service, "what is right is taken")
	assert.True(t, got.Managed)
	text := spec.Describe(got.Problems)
	assert.Equal(t, 2, strings.Count(text, "; sluice.dev/"))
	assert.Contains(t, text, `sluice.dev/compare: "x": neither on nor off; want "on" or "off"`)
	assert.Empty(t, spec.Describe(nil))
}

func TestParseKeepsMessagesShort(t *testing.T) {
	for _, letter := range []string{"x", "é", ",", "1,", "\xff", "p", "a "} {
		huge := strings.Repeat(letter, (1<<20)/len(letter))
		for _, name := range annotations() {
			text := spec.Describe(spec.Parse(map[string]string{name: huge}).Problems)
			assert.Less(t, len(text), 1000, "%s of %q", name, letter)
			assert.NotEmpty(t, text, "%s of %q", name, letter)
		}
	}
	problem := spec.Parse(with(spec.AnnotationService, strings.Repeat("é", 100))).Problems[0]
	assert.Equal(t, strings.Repeat("é", 40)+"…", problem.Value, "a cut leaves whole letters")
}

// annotations are all that users may write, and some that they may not.
func annotations() []string {
	return []string{
		spec.AnnotationStrategy, spec.AnnotationSteps, spec.AnnotationService, spec.AnnotationVirtualService, spec.AnnotationMaxErrorRate,
		spec.AnnotationMaxLatency, spec.AnnotationCompare, spec.AnnotationOnInconclusive, spec.AnnotationMaxHold, spec.AnnotationCommand,
		spec.AnnotationAlerts, spec.AnnotationMetrics, spec.AnnotationBake, spec.Prefix + "unknown",
	}
}

func TestGatedSaysWhetherAnythingIsMeasured(t *testing.T) {
	assert.True(t, spec.Default().Gated())
	assert.True(t, spec.Parse(with(spec.AnnotationMaxErrorRate, "off")).Gated(), "the latency is left")
	assert.True(t, spec.Parse(with(spec.AnnotationMaxLatency, "off")).Gated(), "the error rate is left")
	assert.False(t, spec.Parse(map[string]string{spec.AnnotationMaxErrorRate: "off", spec.AnnotationMaxLatency: "off"}).Gated())
}
