package spec

import (
	"regexp"
	"strconv"
	"strings"
)

// Selector picks the series of one metric, as PromQL's vector selector does.
type Selector struct {
	// Metric is the metric's name; empty: not given.
	Metric   string
	Matchers []Matcher
}

// String is the selector in PromQL.
func (s Selector) String() string {
	if len(s.Matchers) == 0 {
		return s.Metric
	}
	return s.Metric + "{" + JoinMatchers(s.Matchers) + "}"
}

// Matcher is a condition on one label. A label that a series doesn't have counts as empty.
type Matcher struct {
	Label string
	Op    MatchOp
	Value string
}

// MatchOp is how a label is compared.
type MatchOp string

// The comparisons. Regular expressions are anchored at both ends, and their dot matches a line break.
const (
	MatchEqual     MatchOp = "="
	MatchNotEqual  MatchOp = "!="
	MatchRegexp    MatchOp = "=~"
	MatchNotRegexp MatchOp = "!~"
)

// String is the matcher in PromQL.
func (m Matcher) String() string { return m.Label + string(m.Op) + strconv.Quote(m.Value) }

// JoinMatchers writes matchers as they stand between the braces of a selector.
func JoinMatchers(matchers []Matcher) string {
	parts := make([]string, len(matchers))
	for i, m := range matchers {
		parts[i] = m.String()
	}
	return strings.Join(parts, ",")
}

// Compile makes a function that says whether a label's value matches; an error if the regular expression is none
// (github.com/prometheus/prometheus v0.316.0, model/labels/regexp.go: anchored as ^(?s:…)$).
func (m Matcher) Compile() (func(value string) bool, error) {
	switch m.Op {
	case MatchEqual:
		return func(value string) bool { return value == m.Value }, nil
	case MatchNotEqual:
		return func(value string) bool { return value != m.Value }, nil
	case MatchRegexp, MatchNotRegexp:
	}
	re, err := regexp.Compile("^(?s:" + m.Value + ")$")
	if err != nil {
		return nil, err
	}
	want := m.Op != MatchNotRegexp
	return func(value string) bool { return re.MatchString(value) == want }, nil
}

// Metrics are the user's own names for what the two built-in gates count; what is empty is found by itself.
type Metrics struct {
	// Requests selects the counter of all requests, Bad are the further matchers of those that failed; without any, it is read from
	// the label status, code or response_code.
	Requests Selector
	Bad      []Matcher
	// Latency selects the buckets of the histogram of response times; Milliseconds is true if that is its unit, else seconds.
	Latency      Selector
	Milliseconds bool
}
