package rules

import "time"

// Rule is an alert rule as its author wrote it.
type Rule struct {
	// Name is the alert's name, Expr its expression in PromQL.
	Name, Expr string
	// For is how long the expression must be true before the alert fires.
	For time.Duration
	// Labels and Annotations are those that the alert gets; their templates are left as they are.
	Labels, Annotations map[string]string
	// Group is the rule group's name, Source says where it was found.
	Group, Source string
	// Problem is what could not be read of it; such a rule is there so that whoever names it is told.
	Problem string
}

// Recording is a recording rule: the series Record are what Expr gave, with Labels put on.
type Recording struct {
	Record, Expr string
	Labels       map[string]string
}

// Set is what one or several sources define, in their order.
type Set struct {
	Alerts     []Rule
	Recordings []Recording
}

func (s *Set) add(more Set) {
	s.Alerts = append(s.Alerts, more.Alerts...)
	s.Recordings = append(s.Recordings, more.Recordings...)
}
