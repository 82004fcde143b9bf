package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// AlertRef names an alert rule that is a gate.
type AlertRef struct {
	Name string
	// Global takes the rule as it stands, whoever it is about: that it fires at all is a reason to hold.
	Global bool
}

const (
	wantAlerts = `names of alert rules separated by commas, each with "!global" if it is to be taken as it stands, for example ` +
		`"HighErrorRate,HighLatency,DatabaseDown!global"`
	global = "!global"
	// maxAlerts bounds what one Deployment may have asked of Prometheus at every evaluation.
	maxAlerts = 20
	// maxAlertName bounds what every message about a rule repeats, in bytes.
	maxAlertName = 200
)

func parseAlerts(value string) ([]AlertRef, *Problem) {
	var refs []AlertRef
	for part := range strings.SplitSeq(value, ",") {
		name, isGlobal := strings.CutSuffix(strings.TrimSpace(part), global)
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			return nil, &Problem{Wrong: "an empty name", Want: wantAlerts}
		case strings.Contains(name, "!"), len(name) > maxAlertName, !utf8.ValidString(name):
			return nil, &Problem{Wrong: fmt.Sprintf("%q names no alert rule", shown(part)), Want: wantAlerts}
		case slices.ContainsFunc(refs, func(r AlertRef) bool { return r.Name == name }):
			return nil, &Problem{Wrong: fmt.Sprintf("%q is named twice", shown(name)), Want: wantAlerts}
		}
		refs = append(refs, AlertRef{Name: name, Global: isGlobal})
	}
	if len(refs) > maxAlerts {
		return nil, &Problem{Wrong: fmt.Sprintf("%d rules, more than %d", len(refs), maxAlerts), Want: wantAlerts}
	}
	return refs, nil
}
