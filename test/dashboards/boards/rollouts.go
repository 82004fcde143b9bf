package boards

import "github.com/sluice-dev/sluice/test/dashboards/grafana"

// fleet is the scope of the dashboard of all Deployments.
const fleet = `namespace=~"$namespace"`

// toAnalysis leads from a line of a table to its Deployment.
const toAnalysis = "/d/" + AnalysisUID + "?var-namespace=${__data.fields.Namespace}&var-deployment=${__data.fields.Deployment}" +
	"&${datasource:queryparam}&${__url_time_range}"

// Rollouts is the dashboard of all Deployments: what runs, what is held and why, how runs have ended, and whether the controller is well.
func Rollouts() *grafana.Dashboard {
	d := grafana.New(RolloutsUID, "Sluice / Rollouts",
		"All Deployments that Sluice rolls out: what runs, what is held and why, how runs have ended, and whether the controller itself is well.")
	d.Time = grafana.TimeRange{From: "now-6h", To: "now"}
	d.Links = []grafana.DashboardLink{
		link("Rollout analysis", "One Deployment in depth", "/d/"+AnalysisUID, true),
		link("Runbooks", "What to do about each alert", docs+"runbooks/README.md", false),
		link("About this dashboard", "What each panel answers", docs+"dashboards.md", false),
	}
	d.Templating.List = []grafana.Variable{
		grafana.Datasources(),
		grafana.LabelValues("namespace", "Namespace", "label_values(sluice_rollout_phase, namespace)", "Namespaces of the Deployments.").WithAll(".+"),
	}
	d.Annotations.List = []grafana.Marker{
		grafana.Own(),
		grafana.At("Aborts", red, "aborted", "{{namespace}}/{{deployment}}",
			`max by (namespace, deployment) (sluice_event_timestamp_seconds{`+fleet+`,event="aborted"}) * 1000`),
	}
	d.Section("Now", present()...)
	d.Section("Runs in the time range", ended()...)
	d.Section("The controller", controller()...)
	return d
}

func phaseCount(selector string) string {
	return `sum(max by (namespace, deployment, phase) (sluice_rollout_phase{` + fleet + `,` + selector + `})) or vector(0)`
}

func present() []grafana.Size {
	count := func(title, description, color, selector string) grafana.Size {
		return size(4, 4, grafana.Stat(title, description, "none").Now("", phaseCount(selector)).Colored(plain, grafana.From(1, color)))
	}
	return []grafana.Size{
		size(4, 4, grafana.Stat("Managed", "Deployments with the annotation sluice.dev/strategy.", "none").
			Now("", `count(max by (namespace, deployment) (sluice_rollout_phase{`+fleet+`})) or vector(0)`)),
		count("Running", "Runs on their way: starting, shifting traffic or promoting.", blue, `phase=~"Starting|Shifting|Promoting"`),
		count("Held", "Runs that wait where they are: for evidence, an approval, pods, or a hook. The table says which.", yellow, `phase="Held"`),
		count("Aborted", "Stable has all traffic, but the Deployment names a version that was aborted: push another one, or retry.", red, `phase=~"Aborting|Aborted"`),
		count("Blocked", "Nothing can start: an annotation, a Service or an alert rule is not as it must be.", purple, `phase="Blocked"`),
		size(4, 4, grafana.Stat("Brake off after an abort",
			"Aborted Deployments that are not paused, so that Kubernetes may roll the aborted version out. Must be 0.", "none").
			Now("", `count(max by (namespace, deployment) (sluice_rollout_braked{`+fleet+`}) == 0
  and on (namespace, deployment) max by (namespace, deployment) (sluice_rollout_phase{`+fleet+`,phase="Aborted"}) == 1) or vector(0)`).
			Colored(green, grafana.From(1, red))),
		size(24, 8, notAtRest()),
		size(24, 8, grafana.Timeline("Phases over time",
			"The phase of every Deployment that was not at rest all the time. Grey is at rest, yellow held, red aborted, purple blocked.",
			"Every Deployment was at rest in this time range").
			Query("{{namespace}}/{{deployment}}", phaseCode("namespace, deployment", fleet)+`
and on (namespace, deployment)
  (max by (namespace, deployment) (max_over_time(sluice_rollout_phase{`+fleet+`,phase!="AtRest"}[$__range] @ end())) == 1)`).
			Mapped(phaseLooks())),
	}
}

func notAtRest() *grafana.Panel {
	per := func(metric string) string {
		return `max by (namespace, deployment) (` + metric + `{` + fleet + `})`
	}
	p := grafana.Table("What runs, what is held, and why",
		"Every Deployment that is not at rest. Reason is the one that the condition sluice.dev/Promoted carries. A click on a name leads to its analysis.",
		"Every Deployment is at rest", grafana.TableSort{DisplayName: "In this step", Desc: true})
	p.Now("", `max by (namespace, deployment, phase) (sluice_rollout_phase{`+fleet+`,phase!="AtRest"}) == 1`).
		Now("", `max by (namespace, deployment, reason) (sluice_rollout_reason{`+fleet+`}) == 1`).
		Now("", per("sluice_rollout_step")).
		Now("", per("sluice_rollout_steps")).
		Now("", per("sluice_rollout_weight_ratio")).
		Now("", `max by (namespace, deployment) (sluice_rollout_ready_pods{`+fleet+`,version="canary"})`).
		Now("", `time() - `+per("sluice_run_start_timestamp_seconds")).
		Now("", `time() - `+per("sluice_step_start_timestamp_seconds"))
	p.Columns([]string{"Time", "Value #A", "Value #B"},
		"namespace", "Namespace", "deployment", "Deployment", "phase", "Phase", "reason", "Reason", "Value #C", "Step", "Value #D", "of",
		"Value #E", "Weight", "Value #F", "Canary pods", "Value #G", "Run for", "Value #H", "In this step")
	return p.FieldsLike(".*", grafana.Property{ID: "noValue", Value: "–"}).
		Field("Deployment", grafana.Link("Analysis of ${__data.fields.Namespace}/${__data.fields.Deployment}", toAnalysis)).
		Field("Weight", grafana.UnitOf(ratio), grafana.Property{ID: "decimals", Value: 0}).
		Field("Run for", grafana.UnitOf("dtdurations")).
		Field("In this step", grafana.UnitOf("dtdurations")).
		Field("Phase", colored(phaseNames())...)
}

// phaseNames are the looks of phases by their names.
func phaseNames() map[string]grafana.Mapped {
	looks := map[string]grafana.Mapped{}
	for _, look := range phaseLooks() {
		looks[look.Text] = look
	}
	return looks
}

// colored colours the text of a table's cells by value.
func colored(looks map[string]grafana.Mapped) []grafana.Property {
	return []grafana.Property{
		{ID: "mappings", Value: []grafana.Mapping{{Type: "value", Options: looks}}},
		{ID: "custom.cellOptions", Value: map[string]string{"type": "color-text"}},
	}
}

func ended() []grafana.Size {
	quantile := func(q string) string {
		return `histogram_quantile(` + q + `, sum by (le, result) (increase(sluice_run_duration_seconds_bucket[$__range])))`
	}
	return []grafana.Size{
		size(6, 8, results(grafana.Stat("Results", "Runs that ended in the time range, in all namespaces. Cancelled: the template was reverted; superseded: a newer one was pushed.", "no run has ended").
			Now("{{result}}", `round(sum by (result) (increase(sluice_runs_total[$__range])))`).Decimals(0))),
		size(10, 8, results(grafana.Bars("Results over time", "Runs that ended, by how they ended.", "No run has ended in this time range").
			Query("{{result}}", counted("result", "sluice_runs_total")).Every("1m").Decimals(0).From(0))),
		size(8, 8, grafana.Ranking("How long runs take", "Median and 90th percentile of the time from the start of a run to its end, to the precision of the histogram's buckets.", "No run has ended in this time range").
			Now("{{result}}, half of them", quantile("0.5")+" > 0").Now("{{result}}, 9 of 10", quantile("0.9")+" > 0").Unit(seconds).From(0).Colored(blue)),
		size(8, 8, grafana.Ranking("Most aborts, by Deployment", "Deployments whose runs were aborted in the time range.", "No run was aborted in this time range").
			Now("{{namespace}}/{{deployment}}", `topk(10, round(sum by (namespace, deployment) (increase(sluice_rollout_runs_total{`+fleet+`,result="aborted"}[$__range]))) > 0)`).
			Decimals(0).From(0).Colored(red)),
		size(8, 8, grafana.Ranking("Most aborts, by reason", "Why runs were aborted in the time range, in all namespaces: docs/events.md explains each reason.", "No run was aborted in this time range").
			Now("{{reason}}", `topk(10, round(sum by (reason) (increase(sluice_runs_total{result="aborted"}[$__range]))) > 0)`).
			Decimals(0).From(0).Colored(red)),
		size(8, 8, grafana.Bars("Writes undone by others", "How often somebody else has changed a weight or a selector back that Sluice had set. The third time the run is aborted.", "Nobody has undone a write in this time range").
			Query("{{namespace}}/{{deployment}}", counted("namespace, deployment", `sluice_contested_writes_total{`+fleet+`}`)+" > 0").
			Every("1m").Decimals(0).From(0)),
	}
}
