package main

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/analysis/rules"
	replay "github.com/sluice-dev/sluice/pkg/backtest"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// alerts compiles the rules that were named. Those that were lifted into a test are replayed; all others are listed with why they are
// not.
func (f *backtestFlags) alerts(s *spec.Spec, file []byte) error {
	set, err := rules.ParseFile(file, f.alertsFile)
	if err != nil {
		return err
	}
	for _, ref := range s.Alerts {
		found := false
		for _, rule := range set.Alerts {
			if rule.Name == ref.Name {
				found = true
				f.alert(ref, rule, set.Recordings)
			}
		}
		if !found {
			return fmt.Errorf("%s has no alert rule named %s", f.alertsFile, ref.Name)
		}
	}
	return nil
}

func (f *backtestFlags) alert(ref spec.AlertRef, rule rules.Rule, recordings []rules.Recording) {
	o := &f.options
	state := replay.AlertState{Name: ref.Name}
	compiled := rules.Compile(rule, recordings, rules.Scope{Namespace: o.Namespace, Deployment: o.Deployment})
	switch {
	case ref.Global:
		state.Detail = "taken as it stands (!global), it only ever holds"
	case compiled.Mode == rules.Lifted && compiled.Alert.Lifted != nil:
		o.Alerts = append(o.Alerts, compiled.Alert)
		state.Replayed, state.Detail = true, compiled.Why
	case compiled.Mode == rules.Refused:
		state.Detail = "refused, and no run would start: " + compiled.Why + "; mend: " + compiled.Mend
	default:
		state.Detail = "a run would judge it, a backtest does not: " + compiled.Why
	}
	o.Settings.Alerts = append(o.Settings.Alerts, state)
}
