package prometheus

import (
	"github.com/sluice-dev/sluice/pkg/analysis"
)

// wants are what a subject is to be judged by, as questions.
type wants struct {
	// errors and latency are the families that the gates may be counted by, in the order of preference.
	errors, latency []*family
	reach           *family
	// alerts are one per rule, in their order.
	alerts []wantedAlert
}

// wantedAlert is either of the two.
type wantedAlert struct {
	lifted *family
	scoped *analysis.ScopedRule
}

// wantsOf is what has to be asked for a subject: before it gets traffic, its alert rules alone.
func wantsOf(s *analysis.Subject) wants {
	var w wants
	if s.Weight != 0 {
		w.errors, w.latency = errorFamilies(&s.Gates), latencyFamilies(&s.Gates)
		if s.Gates.Reach != nil && s.Gates.MaxErrorRate != 0 {
			w.reach = reachFamily(s.Gates.Reach)
		}
	}
	for i := range s.Gates.Alerts {
		var a wantedAlert
		switch rule := &s.Gates.Alerts[i]; {
		case rule.Lifted != nil:
			a.lifted = liftedFamily(rule.Lifted)
		case rule.Scoped != nil:
			a.scoped = rule.Scoped
		}
		w.alerts = append(w.alerts, a)
	}
	return w
}

// counters are the families of counters that need no search, histograms those of histograms.
func (w *wants) counters() []*family { return w.certain(false) }

func (w *wants) histograms() []*family { return w.certain(true) }

func (w *wants) certain(histogram bool) []*family {
	var all []*family
	if w.reach != nil && !histogram {
		all = append(all, w.reach)
	}
	for i := range w.alerts {
		if f := w.alerts[i].lifted; f != nil && f.histogram() == histogram {
			all = append(all, f)
		}
	}
	return all
}

// families are all, also those that the search may not come to.
func (w *wants) families() []*family {
	var all []*family
	all = append(all, w.errors...)
	all = append(all, w.latency...)
	return append(append(all, w.counters()...), w.histograms()...)
}
