package spec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
)

func TestParseReadsMetrics(t *testing.T) {
	server := spec.Matcher{Label: "side", Op: spec.MatchEqual, Value: "server"}
	failed := spec.Matcher{Label: "code", Op: spec.MatchNotEqual, Value: "OK"}
	for says, c := range map[string]struct {
		value string
		want  spec.Metrics
	}{
		"a request counter": {"requests=rpc_total", spec.Metrics{Requests: spec.Selector{Metric: "rpc_total"}}},
		"with matchers and what is bad": {
			`requests=rpc_total{side="server"}; bad={code!="OK"}`,
			spec.Metrics{Requests: spec.Selector{Metric: "rpc_total", Matchers: []spec.Matcher{server}}, Bad: []spec.Matcher{failed}},
		},
		"a histogram in seconds": {"latency=rpc_seconds_bucket", spec.Metrics{Latency: spec.Selector{Metric: "rpc_seconds_bucket"}}},
		"a histogram whose name says milliseconds": {
			"latency=rpc_milliseconds_bucket", spec.Metrics{Latency: spec.Selector{Metric: "rpc_milliseconds_bucket"}, Milliseconds: true},
		},
		"a unit that is said": {
			"latency=rpc_bucket;unit=ms", spec.Metrics{Latency: spec.Selector{Metric: "rpc_bucket"}, Milliseconds: true},
		},
		"a unit that is said against the name": {
			"unit=s;latency=rpc_milliseconds_bucket", spec.Metrics{Latency: spec.Selector{Metric: "rpc_milliseconds_bucket"}},
		},
		"white space, line breaks, a last comma and a last semicolon": {
			" requests = rpc_total { side = \"server\" , } ;\n bad = { code != `OK` } ;",
			spec.Metrics{Requests: spec.Selector{Metric: "rpc_total", Matchers: []spec.Matcher{server}}, Bad: []spec.Matcher{failed}},
		},
		"separators inside a string": {
			`requests=a:b{path=~"/x;y,\"z\"}=.*"}; bad={code!~"2..|3.."}`,
			spec.Metrics{
				Requests: spec.Selector{Metric: "a:b", Matchers: []spec.Matcher{{Label: "path", Op: spec.MatchRegexp, Value: `/x;y,"z"}=.*`}}},
				Bad:      []spec.Matcher{{Label: "code", Op: spec.MatchNotRegexp, Value: "2..|3.."}},
			},
		},
	} {
		t.Run(says, func(t *testing.T) {
			want := spec.Default()
			want.Metrics = c.want
			assert.Equal(t, want, spec.Parse(with(spec.AnnotationMetrics, c.value)))
		})
	}
}

func TestParseSaysWhatIsWrongWithMetrics(t *testing.T) {
	for says, c := range map[string]struct{ value, wrong string }{
		"nothing":                       {"", "has no ="},
		"no key":                        {"rpc_total", "has no ="},
		"an unknown key":                {"errors=rpc_total", `"errors" is none of`},
		"a key twice":                   {"requests=a; requests=b", "requests is there twice"},
		"no metric":                     {"requests={a=\"b\"}", "no metric's name"},
		"no separator":                  {"requests=a bad={b=\"c\"}", "does not belong there"},
		"an operator that is none":      {`requests=a{b=="c"}`, "no string in double quotes"},
		"no operator":                   {`requests=a{b}`, "followed by none of"},
		"single quotes":                 {`requests=a{b='c'}`, "no string in double quotes"},
		"a string without an end":       {`requests=a{b="c}`, "no string in double quotes"},
		"no comma":                      {`requests=a{b="c" d="e"}`, "neither , nor }"},
		"no end":                        {`requests=a{b="c"`, "neither , nor }"},
		"no label":                      {`requests=a{="c"}`, "no label's name"},
		"a metric's name for a label":   {`requests=a{b:c="d"}`, "no label's name"},
		"a regular expression of none":  {`requests=a{b=~"("}`, "missing closing"},
		"the pod, which is Sluice's":    {`requests=a{pod="x"}`, "a matcher on pod"},
		"bad without requests":          {`bad={code="5"}`, "bad without requests"},
		"bad without braces":            {`requests=a; bad=code="5"`, "no { at"},
		"every request bad":             {`requests=a; bad={}`, "every request would be bad"},
		"a unit without latency":        {`requests=a; unit=s`, "unit without latency"},
		"a unit that is none":           {`latency=a_bucket; unit=h`, "neither s nor ms"},
		"a histogram without its parts": {`latency=a_seconds`, "doesn't end in _bucket"},
	} {
		t.Run(says, func(t *testing.T) {
			got := spec.Parse(with(spec.AnnotationMetrics, c.value))
			require.Len(t, got.Problems, 1)
			assert.Contains(t, got.Problems[0].Wrong, c.wrong)
			assert.Contains(t, got.Problems[0].Want, "requests=rpc_total")
			assert.Equal(t, spec.Metrics{}, got.Metrics)
		})
	}
}

func TestMatchersMatchAsInPromQL(t *testing.T) {
	for says, c := range map[string]struct {
		matcher spec.Matcher
		yes, no []string
	}{
		"equal":                         {spec.Matcher{Label: "a", Op: "=", Value: "x"}, []string{"x"}, []string{"", "xx"}},
		"not equal":                     {spec.Matcher{Label: "a", Op: "!=", Value: "x"}, []string{"", "xx"}, []string{"x"}},
		"a regular expression, in full": {spec.Matcher{Label: "a", Op: "=~", Value: "5..|x"}, []string{"500", "x"}, []string{"", "5000", "ax"}},
		"the dot is a line break too":   {spec.Matcher{Label: "a", Op: "=~", Value: "a.b"}, []string{"a\nb"}, []string{"ab"}},
		"not a regular expression":      {spec.Matcher{Label: "a", Op: "!~", Value: "5.."}, []string{"", "200"}, []string{"500"}},
	} {
		t.Run(says, func(t *testing.T) {
			matches, err := c.matcher.Compile()
			require.NoError(t, err)
			for _, value := range c.yes {
				assert.True(t, matches(value), value)
			}
			for _, value := range c.no {
				assert.False(t, matches(value), value)
			}
		})
	}
	sel := spec.Selector{Metric: "m", Matchers: []spec.Matcher{{Label: "a", Op: "=~", Value: `"\`}, {Label: "b", Op: "!=", Value: ""}}}
	assert.Equal(t, `m{a=~"\"\\",b!=""}`, sel.String())
	assert.Equal(t, "m", spec.Selector{Metric: "m"}.String())
}

func TestParseReadsAlerts(t *testing.T) {
	got := spec.Parse(with(spec.AnnotationAlerts, " HighErrorRate,Pod Gone, DatabaseDown!global "))
	require.Empty(t, got.Problems)
	assert.Equal(t, []spec.AlertRef{{Name: "HighErrorRate"}, {Name: "Pod Gone"}, {Name: "DatabaseDown", Global: true}}, got.Alerts)
	got.MaxErrorRate, got.MaxLatency = 0, spec.Latency{}
	assert.True(t, got.Gated(), "alert rules are gates, be the others off")

	many := "A0"
	for i := range 20 {
		many += ",A" + string(rune('a'+i))
	}
	for says, c := range map[string]struct{ value, wrong string }{
		"nothing":          {"", "an empty name"},
		"a comma too many": {"A,", "an empty name"},
		"only the mark":    {"!global", "an empty name"},
		"another mark":     {"A!local", "names no alert rule"},
		"a name twice":     {"A,A!global", "named twice"},
		"a very long name": {strings.Repeat("a", 201), "names no alert rule"},
		"half a character": {"\xff", "names no alert rule"},
		"too many":         {many, "21 rules, more than 20"},
	} {
		t.Run(says, func(t *testing.T) {
			got := spec.Parse(with(spec.AnnotationAlerts, c.value))
			require.Len(t, got.Problems, 1)
			assert.Contains(t, got.Problems[0].Wrong, c.wrong)
			assert.Empty(t, got.Alerts)
		})
	}
}
