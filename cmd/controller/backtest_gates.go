package main

import (
	"fmt"
	"strconv"
	"strings"

	replay "github.com/sluice-dev/sluice/pkg/backtest"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// settings are the gates and steps for the report: what the flags said, or the defaults in the same form.
func (f *backtestFlags) settings(s *spec.Spec) replay.Settings {
	said := func(annotation, otherwise string) string {
		if value, ok := f.annotations[annotation]; ok {
			return value
		}
		return otherwise
	}
	compare := "off"
	if s.Compare {
		compare = "on"
	}
	return replay.Settings{
		MaxErrorRate: said(spec.AnnotationMaxErrorRate, percentage(s.MaxErrorRate)+"%"),
		MaxLatency:   said(spec.AnnotationMaxLatency, fmt.Sprintf("p%s<%s", percentage(s.MaxLatency.Quantile), s.MaxLatency.Threshold)),
		Compare:      compare, Steps: said(spec.AnnotationSteps, writtenSteps(s.Steps)),
		OnInconclusive: string(s.OnInconclusive), MaxHold: brief(s.MaxHold.String()),
		Alerts: []replay.AlertState{},
	}
}

func percentage(share float64) string { return strconv.FormatFloat(100*share, 'f', -1, 64) }

// writtenSteps are steps as users write them.
func writtenSteps(all []spec.Step) string {
	parts := make([]string, len(all))
	for i, step := range all {
		parts[i] = fmt.Sprintf("%d@%s", step.Weight, brief(step.Hold.String()))
		if step.Pause {
			parts[i] = fmt.Sprintf("%d@pause", step.Weight)
		}
	}
	return strings.Join(parts, ",")
}

// brief leaves out the zeros at the end of a duration: 1m0s is 1m.
func brief(duration string) string {
	if s, ok := strings.CutSuffix(duration, "m0s"); ok {
		duration = s + "m"
	}
	if s, ok := strings.CutSuffix(duration, "h0m"); ok {
		duration = s + "h"
	}
	return duration
}
