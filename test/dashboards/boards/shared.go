// Package boards has Sluice's two Grafana dashboards: which questions they answer, and the query for each.
//
// charts/sluice/dashboards is written from here by test/dashboards/generate. Every query aggregates over the controller's replicas (labels
// instance, pod …), for at a change of leader two of them may tell of the same Deployment for a scrape or two.
package boards

import (
	"strconv"
	"strings"

	"github.com/sluice-dev/sluice/test/dashboards/grafana"
)

// The dashboards' uids are what links lead to: they never change.
const (
	RolloutsUID = "sluice-rollouts"
	AnalysisUID = "sluice-rollout-analysis"
)

// docs is where the links to runbooks and documents lead.
const docs = "https://github.com/sluice-dev/sluice/blob/main/docs/"

// Colours by meaning, the same in both dashboards.
const (
	blue, orange, red    = "blue", "orange", "red"
	green, yellow, grey  = "green", "#EAB839", "#808080"
	lightBlue, lightRed  = "light-blue", "light-red"
	purple, plain        = "purple", "text"
	canary, stable       = "canary", "stable"
	all                  = ".*"
	seconds, ratio, rate = "s", "percentunit", "reqps"
)

// phases in the order of a run. Their number is their code in state timelines.
func phases() []string {
	return []string{"AtRest", "Starting", "Shifting", "Held", "Promoting", "Aborting", "Aborted", "Blocked"}
}

func phaseLooks() map[string]grafana.Mapped {
	colors := []string{grey, lightBlue, blue, yellow, green, lightRed, red, purple}
	looks := map[string]grafana.Mapped{}
	for i, phase := range phases() {
		looks[strconv.Itoa(i)] = grafana.Mapped{Text: phase, Color: colors[i], Index: i}
	}
	return looks
}

// phaseCode is the number of the phase that a Deployment is in. Of the series of a Deployment one is 1, the others are 0 or not there.
func phaseCode(by, selector string) string {
	terms := make([]string, 0, len(phases()))
	for i, phase := range phases() {
		terms = append(terms, strconv.Itoa(i)+` * sluice_rollout_phase{`+selector+`,phase="`+phase+`"}`)
	}
	return "max by (" + by + ") (\n  " + strings.Join(terms, "\n  or ") + "\n)"
}

func verdictLooks() map[string]grafana.Mapped {
	looks := map[string]grafana.Mapped{}
	colors := []string{grey, yellow, green, red}
	for i, verdict := range verdicts() {
		looks[strconv.Itoa(i)] = grafana.Mapped{Text: verdict, Color: colors[i], Index: i}
	}
	return looks
}

func verdicts() []string { return []string{"Wait", "Hold", "Pass", "Fail"} }

func verdictCode(selector string) string {
	terms := make([]string, 0, len(verdicts()))
	for i, verdict := range verdicts() {
		terms = append(terms, strconv.Itoa(i)+` * sluice_gate_verdict{`+selector+`,verdict="`+verdict+`"}`)
	}
	return "max by (gate) (\n  " + strings.Join(terms, "\n  or ") + "\n)"
}

// versions gives canary and stable the same colours everywhere.
func versions(p *grafana.Panel) *grafana.Panel {
	return p.FieldsLike("^canary", grafana.Fixed(orange)).FieldsLike("^stable", grafana.Fixed(blue))
}

// results gives the results of runs the same colours everywhere.
func results(p *grafana.Panel) *grafana.Panel {
	return p.Field("promoted", grafana.Fixed(green)).Field("aborted", grafana.Fixed(red)).
		Field("cancelled", grafana.Fixed(grey)).Field("superseded", grafana.Fixed(purple))
}

// counted is how much counters have grown since the point before. Not increase(): what grows between the last scrape of one interval and the
// first of the next is in neither of them, and of a handful of runs none may be lost. Where a controller was replaced the sum falls: 0 then.
func counted(by, counter string) string {
	if by != "" {
		by = "by (" + by + ") "
	}
	return "clamp_min(\n  sum " + by + "(" + counter + ")\n  - sum " + by + "(" + counter + " offset $__interval), 0)"
}

func link(title, tooltip, url string, variables bool) grafana.DashboardLink {
	return grafana.DashboardLink{
		Type: "link", Icon: map[bool]string{true: "dashboard", false: "doc"}[variables], Title: title, Tooltip: tooltip, URL: url, Tags: []string{},
		IncludeVars: variables, KeepTime: variables, TargetBlank: !variables,
	}
}

func size(w, h int, p *grafana.Panel) grafana.Size { return grafana.Size{W: w, H: h, Panel: p} }
