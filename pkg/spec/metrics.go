package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The grammar of AnnotationMetrics:
//
//	value    = part { ";" part } .
//	part     = "requests=" selector | "bad=" matchers | "latency=" selector | "unit=" ( "s" | "ms" ) .
//	selector = metric [ matchers ] .
//	matchers = "{" [ matcher { "," matcher } [ "," ] ] "}" .
//	matcher  = label ( "=" | "!=" | "=~" | "!~" ) string .
//
// Selectors and matchers are PromQL's, with strings in double quotes or backticks; white space is free between all of these.
const wantMetrics = `one or more of requests=SELECTOR; bad={MATCHERS}; latency=SELECTOR; unit=s or ms; for example ` +
	`"requests=rpc_total{side=\"server\"}; bad={code!=\"OK\"}; latency=rpc_seconds_bucket"`

func parseMetrics(value string) (Metrics, *Problem) {
	m, wrong := readMetrics(value)
	if wrong != "" {
		return Metrics{}, &Problem{Wrong: wrong, Want: wantMetrics}
	}
	return m, nil
}

func readMetrics(value string) (m Metrics, wrong string) {
	s := &scanner{rest: value}
	var seen []string
	for {
		key := s.word()
		if !s.take("=") {
			return m, fmt.Sprintf("%q has no =", shown(key+s.rest))
		}
		if slices.Contains(seen, key) {
			return m, key + " is there twice"
		}
		seen = append(seen, key)
		switch key {
		case "requests":
			m.Requests, wrong = s.selector()
		case "bad":
			m.Bad, wrong = s.matchers()
		case "latency":
			m.Latency, wrong = s.selector()
		case "unit":
			m.Milliseconds, wrong = s.unit()
		default:
			wrong = fmt.Sprintf("%q is none of requests, bad, latency and unit", shown(key))
		}
		if wrong != "" {
			return m, wrong
		}
		separated := s.take(";")
		switch {
		case s.end():
			return m, m.check(seen)
		case !separated:
			return m, fmt.Sprintf("%q does not belong there", shown(s.rest))
		}
	}
}

// check looks at what is right by itself but not together.
func (m *Metrics) check(seen []string) string {
	given := func(key string) bool { return slices.Contains(seen, key) }
	switch {
	case given("bad") && !given("requests"):
		return "bad without requests"
	case given("bad") && len(m.Bad) == 0:
		return "bad without a matcher: every request would be bad"
	case given("unit") && !given("latency"):
		return "unit without latency"
	case given("latency") && !strings.HasSuffix(m.Latency.Metric, "_bucket"):
		return fmt.Sprintf("the latency metric %q doesn't end in _bucket, as the buckets of a histogram do", m.Latency.Metric)
	}
	if !given("unit") {
		m.Milliseconds = strings.HasSuffix(m.Latency.Metric, "_milliseconds_bucket")
	}
	return ""
}

// reserved are the labels that Sluice itself asks by.
func reserved(label string) bool {
	return label == "namespace" || label == "pod" || label == "le" || label == "__name__"
}

// scanner reads a value from the left.
type scanner struct{ rest string }

const blanks = " \t\r\n"

func (s *scanner) end() bool {
	s.rest = strings.TrimLeft(s.rest, blanks)
	return s.rest == ""
}

// take takes a token if it is the next.
func (s *scanner) take(token string) bool {
	s.rest = strings.TrimLeft(s.rest, blanks)
	rest, found := strings.CutPrefix(s.rest, token)
	s.rest = rest
	return found
}

// word takes a metric's or label's name; empty if there is none.
func (s *scanner) word() string {
	s.rest = strings.TrimLeft(s.rest, blanks)
	n := 0
	for n < len(s.rest) && inName(s.rest[n], n) {
		n++
	}
	word := s.rest[:n]
	s.rest = s.rest[n:]
	return word
}

// inName says whether a character may stand at that place of a metric's name
// (github.com/prometheus/common v0.73.1, model/metric.go, IsValidLegacyMetricName).
func inName(c byte, at int) bool {
	return c == '_' || c == ':' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (at > 0 && c >= '0' && c <= '9')
}

func (s *scanner) unit() (milliseconds bool, wrong string) {
	switch unit := s.word(); unit {
	case "s":
		return false, ""
	case "ms":
		return true, ""
	default:
		return false, fmt.Sprintf("the unit %q is neither s nor ms", shown(unit))
	}
}

func (s *scanner) selector() (Selector, string) {
	sel := Selector{Metric: s.word()}
	if sel.Metric == "" {
		return sel, fmt.Sprintf("no metric's name at %q", shown(s.rest))
	}
	if !strings.HasPrefix(strings.TrimLeft(s.rest, blanks), "{") {
		return sel, ""
	}
	var wrong string
	sel.Matchers, wrong = s.matchers()
	return sel, wrong
}

func (s *scanner) matchers() (all []Matcher, wrong string) {
	if !s.take("{") {
		return nil, fmt.Sprintf("no { at %q", shown(s.rest))
	}
	for !s.take("}") {
		m, bad := s.matcher()
		if bad != "" {
			return nil, bad
		}
		all = append(all, m)
		if !s.take(",") && !strings.HasPrefix(strings.TrimLeft(s.rest, blanks), "}") {
			return nil, fmt.Sprintf("neither , nor } at %q", shown(s.rest))
		}
	}
	return all, ""
}

func (s *scanner) matcher() (m Matcher, wrong string) {
	m.Label = s.word()
	if m.Label == "" || strings.Contains(m.Label, ":") {
		return m, fmt.Sprintf("no label's name at %q", shown(m.Label+s.rest))
	}
	if reserved(m.Label) {
		return m, fmt.Sprintf("a matcher on %s, which is Sluice's own", m.Label)
	}
	for _, op := range []MatchOp{MatchRegexp, MatchNotRegexp, MatchNotEqual, MatchEqual} {
		if s.take(string(op)) {
			m.Op = op
			break
		}
	}
	if m.Op == "" {
		return m, fmt.Sprintf("label %s is followed by none of = != =~ !~", m.Label)
	}
	s.rest = strings.TrimLeft(s.rest, blanks)
	quoted, none := strconv.QuotedPrefix(s.rest)
	value, err := strconv.Unquote(quoted)
	if none != nil || err != nil || quoted[0] == '\'' {
		return m, fmt.Sprintf("no string in double quotes at %q", shown(s.rest))
	}
	m.Value, s.rest = value, s.rest[len(quoted):]
	if _, err := m.Compile(); err != nil {
		return m, fmt.Sprintf("the matcher %s: %v", m, err)
	}
	return m, ""
}
