package rollout

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// While a step is held the newest numbers are those in the condition's message, as pkg/analysis words them:
//
//	error-rate: canary 14/212 (6.6 %), stable 9/1904 (0.5 %), E 3.2 of 20, about 40 more requests needed at this step: wait
//
// Reading a sentence is brittle, so nothing depends on it: what can't be read is only not drawn as a bar, and the message itself is
// always shown as well. A test has pkg/analysis write sentences and reads them here.

// heard are the gates that the condition's message speaks of, and, without numbers, those that it does not.
func heard(r *Rollout) []Gate {
	var list []Gate
	var decided analysis.Outcome
	for part := range strings.SplitSeq(r.Message, "; ") {
		g, ok := hear(part, r.Spec)
		if !ok {
			continue
		}
		decided = g.Outcome
		list = append(list, g)
	}
	if len(list) == 0 {
		return nil
	}
	var all []Gate
	for _, name := range gateNames(r.Spec) {
		g := Gate{Name: name, Threshold: threshold(name, r.Spec)}
		if decided == analysis.Wait {
			// A verdict that waits speaks of the gates that wait, and there is none that fails or holds.
			g.Outcome = analysis.Pass
		}
		for i := range list {
			if list[i].Name == name {
				g = list[i]
			}
		}
		all = append(all, g)
	}
	for i := range list {
		if list[i].Name == analysis.GateReach {
			all = append(all, list[i]) // no annotation names it
		}
	}
	return all
}

// A message is label, counts and the rest; in the rest there may be evidence.
var (
	counted  = regexp.MustCompile(`: canary (\d+)/(\d+) \([\d.]+ %\)(?:, stable (\d+)/(\d+) \([\d.]+ %\))?`)
	weighing = regexp.MustCompile(`, E (below 0\.1|10\^\d+|\d+(?:\.\d)?) (?:of|≥) (10\^\d+|\d+(?:\.\d)?)`)
	settled  = regexp.MustCompile(`: (abort|hold|wait|pass)$`)
)

// hear reads what one gate says.
func hear(text string, s spec.Spec) (Gate, bool) {
	end := settled.FindStringSubmatch(text)
	name, ok := speaker(text, s)
	if end == nil || !ok {
		return Gate{}, false
	}
	g := Gate{Name: name, Message: text, Threshold: threshold(name, s), Outcome: map[string]analysis.Outcome{
		"abort": analysis.Fail, "hold": analysis.Hold, "wait": analysis.Wait, "pass": analysis.Pass,
	}[end[1]]}
	if at := strings.Index(text, name); at > 0 {
		g.Message = text[at:] // without the words on where the canary is
	}
	if m := counted.FindStringSubmatch(text); m != nil {
		g.Canary = &analysis.Counts{Bad: number(m[1]), Requests: number(m[2])}
		if m[4] != "" {
			g.Stable = &analysis.Counts{Bad: number(m[3]), Requests: number(m[4])}
		}
	}
	if m := weighing.FindStringSubmatch(text); m != nil {
		w := &analysis.Weighed{Log10E: logarithm(m[1]), Log10Limit: logarithm(m[2])}
		if g.Outcome == analysis.Wait || g.Outcome == analysis.Pass {
			g.Promote = w
		} else {
			g.Abort = w
		}
		_, rest, _ := strings.Cut(text, m[0])
		g.Note = strings.TrimSpace(strings.TrimPrefix(strings.TrimSuffix(rest, end[0]), ","))
	}
	return g, true
}

// speaker is the gate that a message is of. Behind its name there is the colon, or a space and more of the label.
func speaker(text string, s spec.Spec) (string, bool) {
	best, at := "", -1
	for _, name := range append(gateNames(s), analysis.GateReach) {
		i := strings.Index(text, name)
		if i < 0 || (i > 0 && !strings.HasSuffix(text[:i], ": ")) {
			continue
		}
		if rest := text[i+len(name):]; !strings.HasPrefix(rest, ":") && !strings.HasPrefix(rest, " ") {
			continue
		}
		if at < 0 || i < at || (i == at && len(name) > len(best)) {
			best, at = name, i
		}
	}
	return best, at >= 0
}

// gateNames are the gates that the annotations switch on, in the order in which verdicts have them.
func gateNames(s spec.Spec) []string {
	var names []string
	if s.MaxErrorRate > 0 {
		names = append(names, analysis.GateErrorRate)
	}
	if s.MaxLatency.Threshold > 0 {
		names = append(names, analysis.GateLatency)
	}
	for _, a := range s.Alerts {
		names = append(names, analysis.GateAlert+a.Name)
	}
	return names
}

// threshold is the share of bad requests that an annotation allows; 0: none does.
func threshold(name string, s spec.Spec) float64 {
	switch name {
	case analysis.GateErrorRate, analysis.GateReach:
		return s.MaxErrorRate
	case analysis.GateLatency:
		return 1 - s.MaxLatency.Quantile
	default:
		return 0
	}
}

func number(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0 // the expression lets nothing else through than digits
	}
	return n
}

// logarithm reads "3.2", "10^12" and "below 0.1".
func logarithm(s string) float64 {
	if power, ok := strings.CutPrefix(s, "10^"); ok {
		return number(power)
	}
	if n := number(s); n > 0 {
		return math.Log10(n)
	}
	return -1 // "below 0.1", the only one that is no number
}
