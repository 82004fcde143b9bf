package prometheus

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// witness is what the series of both versions say about a matcher that a person wrote. It finds two mistakes that look like health: a
// label that nobody has, and a matcher that lets stable's series pass and none of the canary's.
type witness struct {
	matcher spec.Matcher
	fits    func(value string) bool
	// named, met and missed say per side that a series has the label, that one fits the matcher, that one doesn't.
	named, met, missed [2]bool
	// word is a value that is no HTTP status.
	word bool
}

// witnesses make one per matcher; an error if one of them can't be compiled.
func witnesses(matchers []spec.Matcher) ([]*witness, error) {
	all := make([]*witness, 0, len(matchers))
	for _, m := range matchers {
		fits, err := m.Compile()
		if err != nil {
			return nil, fmt.Errorf("the matcher %s: %w", m, err)
		}
		all = append(all, &witness{matcher: m, fits: fits})
	}
	return all, nil
}

// look takes note of a series with this value of the label; empty, it has no such label.
func (w *witness) look(side analysis.Side, value string) {
	if value != "" {
		w.named[side] = true
		w.word = w.word || analysis.RoleOfStatus(value) == analysis.RoleUnknown
	}
	if w.fits(value) {
		w.met[side] = true
	} else {
		w.missed[side] = true
	}
}

// problem is the mistake, nil if there is none.
func (w *witness) problem(metric string) *analysis.Problem {
	seen := w.met[analysis.Stable] || w.missed[analysis.Stable]
	switch {
	case !seen:
		return nil
	case !w.named[analysis.Stable] && !w.fits(""):
		return &analysis.Problem{Reason: analysis.ReasonPositiveControl, Detail: fmt.Sprintf(
			"no series of stable's %s has the label %q, which %s asks for", metric, w.matcher.Label, w.matcher)}
	case w.apart():
		return &analysis.Problem{Reason: analysis.ReasonPositiveControl, Detail: fmt.Sprintf(
			"%s fits all of stable's series of %s and none of the canary's: it can't say anything about the canary", w.matcher, metric)}
	}
	return nil
}

// apart says that the matcher tells the versions apart. Of a label with the HTTP status it may just be true that all of stable's
// requests fail and all of the canary's go well.
func (w *witness) apart() bool {
	s, c := analysis.Stable, analysis.Canary
	return w.word && w.met[s] && !w.missed[s] && w.missed[c] && !w.met[c]
}

// firstProblem is that of the first witness that has one.
func firstProblem(all []*witness, metric string) *analysis.Problem {
	for _, w := range all {
		if p := w.problem(metric); p != nil {
			return p
		}
	}
	return nil
}

// pointless says that the matchers of bad requests decide nothing, since stable's series have none of the labels: every request
// would be bad, or none.
func pointless(all []*witness, metric string) *analysis.Problem {
	for _, w := range all {
		if w.named[analysis.Stable] || !w.missed[analysis.Stable] && !w.met[analysis.Stable] {
			return nil
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &analysis.Problem{Reason: analysis.ReasonPositiveControl, Detail: fmt.Sprintf(
		"no series of stable's %s has the label %q, by which bad requests are told", metric, all[0].matcher.Label)}
}
