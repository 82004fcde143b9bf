package boards

import "github.com/sluice-dev/sluice/test/dashboards/grafana"

const (
	// one is the scope of the dashboard of one Deployment, pods that of its pods. Istio's sidecars report each request twice: what counts is
	// the side that answers; metrics of applications have no reporter.
	one  = `namespace="$namespace",deployment="$deployment"`
	pods = `namespace="$namespace",pod=~"$deployment-.+",reporter=~"|destination"`
)

// version makes sums by version of sums by pod: the name of a pod begins with that of its ReplicaSet, and sluice_rollout_version_info says
// which version a ReplicaSet is at each time.
func version(by, perPod string) string {
	return `sum by (` + by + `) (
  label_replace(` + perPod + `, "replicaset", "$1", "pod", "(.+)-[^-]+")
  * on (namespace, replicaset) group_left (version)
  topk by (namespace, replicaset) (1, sluice_rollout_version_info{` + one + `})
)`
}

// requests are all requests by version, failed those with status 5xx in one of the labels that are read: no application has them all.
func requests() string {
	return version("version", `sum by (namespace, pod) (rate({__name__=~"$requests",`+pods+`}`+interval+`))`)
}

func failed() string {
	of := func(label string) string {
		return `rate({__name__=~"$requests",` + pods + `,` + label + `=~"5.."}` + interval + `)`
	}
	return version("version", `sum by (namespace, pod) (`+of("status")+` or `+of("code")+` or `+of("response_code")+`)`)
}

// slowest is a quantile of the response times in seconds; Istio's histogram is in milliseconds.
func slowest() string {
	of := `{__name__=~"$latency",` + pods
	return `histogram_quantile($quantile, ` +
		version("version, le", `sum by (namespace, pod, le) (rate(`+of+`}`+interval+`))`) + `)
/ scalar(1 + 999 * (group(` + of + `,__name__=~".+_milliseconds_bucket"}) or vector(0)))`
}

// Analysis is the dashboard of one Deployment: where its run is, and on what evidence.
func Analysis() *grafana.Dashboard {
	d := grafana.New(AnalysisUID, "Sluice / Rollout analysis",
		"One Deployment: the phases of its runs, the weight, canary against stable, the evidence of each gate against its limit, and how runs ended.")
	d.Time = grafana.TimeRange{From: "now-1h", To: "now"}
	d.Links = []grafana.DashboardLink{
		link("Rollouts", "All Deployments", "/d/"+RolloutsUID, true),
		link("Runbooks", "What to do about each alert", docs+"runbooks/README.md", false),
		link("Gates", "What is judged, and how", docs+"gates.md", false),
		link("About this dashboard", "What each panel answers", docs+"dashboards.md", false),
	}
	d.Templating.List = variables()
	d.Annotations.List = markers()
	d.Section("Now", whereItIs()...)
	d.Section("The run", course()...)
	d.Section("Canary against stable, as the pods' metrics say", observed()...)
	d.SectionPer("gate", "Gate $gate", gate()...)
	d.Section("History", past()...)
	return d
}

func variables() []grafana.Variable {
	pod := `namespace="$namespace",pod=~"$deployment-.+"`
	return []grafana.Variable{
		grafana.Datasources(),
		grafana.LabelValues("namespace", "Namespace", "label_values(sluice_rollout_phase, namespace)", "The Deployment's namespace."),
		grafana.LabelValues("deployment", "Deployment", `label_values(sluice_rollout_phase{namespace="$namespace"}, deployment)`, "A managed Deployment."),
		grafana.LabelValues("gate", "Gate", `label_values(sluice_gate_verdict{`+one+`}, gate)`, "Gates of the runs in the time range.").WithAll(""),
		grafana.Choice("quantile", "Quantile", "Of the response times that are drawn; the gate's own is in the annotation max-latency.", 2, "0.5", "0.9", "0.95", "0.99"),
		grafana.LabelValues("requests", "Requests",
			`label_values({__name__=~"http_requests_total|istio_requests_total",`+pod+`}, __name__)`,
			"The counter of requests, as the gates prefer it: the application's before the mesh's. One of your own can be typed in."),
		grafana.LabelValues("latency", "Response times",
			`label_values({__name__=~"http_request_duration_seconds_bucket|istio_request_duration_milliseconds_bucket",`+pod+`}, __name__)`,
			"The histogram of response times, as the gates prefer it. One of your own can be typed in: its buckets, in seconds unless it ends in _milliseconds_bucket."),
	}
}

func markers() []grafana.Marker {
	at := func(name, color, event string) grafana.Marker {
		return grafana.At(name, color, "{{event}}", "",
			`max by (event) (sluice_event_timestamp_seconds{`+one+`,event=~"`+event+`"}) * 1000`)
	}
	return []grafana.Marker{
		grafana.Own(),
		at("Start", lightBlue, "started"), at("Step", blue, "step"), at("Promoted", green, "promoted"), at("Aborted", red, "aborted"),
		at("Ended otherwise", purple, "cancelled|superseded"),
	}
}

func whereItIs() []grafana.Size {
	is := func(title, description string) *grafana.Panel { return grafana.Stat(title, description, "no run") }
	return []grafana.Size{
		size(4, 4, grafana.Stat("Phase", "Where the Deployment is. `kubectl sluice status` says the same.", "not managed").
			Now("", phaseCode("deployment", one)).Mapped(phaseLooks())),
		size(6, 4, grafana.NamedStat("Reason", "Why it is there: the reason of the condition sluice.dev/Promoted. `kubectl sluice explain` has the whole sentence.", "no run").
			Now("{{reason}}", `max by (reason) (sluice_rollout_reason{`+one+`}) == 1`)),
		size(3, 4, is("Step", "The step that is approached or held, and how many there are.").
			Now("step", `max(sluice_rollout_step{`+one+`})`).Now("of", `max(sluice_rollout_steps{`+one+`})`)),
		size(3, 4, is("Weight", "Share of the traffic that the canary is given.").
			Now("", `max(sluice_rollout_weight_ratio{`+one+`})`).Unit(ratio).Decimals(0).Colored(plain, grafana.From(0.001, orange))),
		size(4, 4, is("Run for", "Time since the run began; in this step: since the step, the promotion or the abort did.").
			Now("run", `time() - max(sluice_run_start_timestamp_seconds{`+one+`})`).
			Now("in this step", `time() - max(sluice_step_start_timestamp_seconds{`+one+`})`).Unit("dtdurations")),
		size(4, 4, is("Brake", "On: the Deployment is paused, so that Kubernetes doesn't roll it out by itself. It must be on in a run and after an abort.").
			Now("", `max(sluice_rollout_braked{`+one+`})`).
			Mapped(map[string]grafana.Mapped{"0": {Text: "off", Color: red}, "1": {Text: "on", Color: green, Index: 1}})),
	}
}

func course() []grafana.Size {
	none := "No run in this time range"
	return []grafana.Size{
		size(24, 3, grafana.Timeline("Phases", "The phases over time. Grey is at rest, yellow held, red aborted, purple blocked.", "This Deployment was not managed in this time range").
			Query("phase", phaseCode("deployment", one)).Mapped(phaseLooks())),
		size(24, 6, grafana.Timeline("Why", "The reason of each moment, a line for each.", none).
			Query("{{reason}}", `max by (reason) (sluice_rollout_reason{`+one+`}) == 1`).
			Mapped(map[string]grafana.Mapped{"1": {Text: " ", Color: blue}})),
		size(14, 6, grafana.Timeline("Verdicts", "What each gate had come to. All must pass before the canary gets more; one that fails aborts the run.", none).
			Query("{{gate}}", verdictCode(one)).Mapped(verdictLooks())),
		size(10, 6, near()),
		size(12, 8, grafana.Steps("Weight over time", "Share of the traffic that the canary is given.", none).
			Query("canary", `max(sluice_rollout_weight_ratio{`+one+`})`).Unit(ratio).Between(0, 1).Field("canary", grafana.Fixed(orange))),
		size(12, 8, versions(grafana.Steps("Pods", "Available pods of both versions, and how many they are to have in a run.", "This Deployment was not managed in this time range").
			Query("{{version}}", `max by (version) (sluice_rollout_ready_pods{`+one+`})`).
			Query("{{version}} wanted", `max by (version) (sluice_rollout_desired_pods{`+one+`})`).Decimals(0).From(0).
			FieldsLike("wanted$", grafana.Dashed(plain)[1:]...))),
	}
}

func observed() []grafana.Size {
	silent := "No requests of this Deployment's pods in this time range: see the variables Requests and Response times"
	return []grafana.Size{
		size(8, 9, bounded(versions(grafana.Lines("Error rate", "Share of requests answered with 5xx, and the bound of the gate. A rate loses the first sample of a new pod: the gates count the samples themselves, below.", silent).
			Query("{{version}}", `(`+failed()+` or 0 * `+requests()+`)
/ (`+requests()+` > 0)`).
			Query("allowed", `max(sluice_gate_threshold{`+one+`,gate="error-rate"})`).Unit(ratio).From(0)))),
		size(8, 9, bounded(versions(grafana.Lines("Response time, quantile $quantile", "The chosen quantile of the response times, to the precision of the histogram's buckets, and the bound of the gate.", silent).
			Query("{{version}}", slowest()).
			Query("allowed", `max(sluice_gate_bound_seconds{`+one+`})`).Unit(seconds).From(0)))),
		size(8, 9, versions(grafana.Lines("Requests", "Requests per second that each version answered.", silent).
			Query("{{version}}", requests()).Unit(rate).From(0))),
	}
}

// bounded draws the series "allowed" as a bound.
func bounded(p *grafana.Panel) *grafana.Panel { return p.Field("allowed", grafana.Dashed(red)...) }
