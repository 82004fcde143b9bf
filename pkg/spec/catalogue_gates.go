package spec

// The entries of what is measured, of what is run beside it, and of what people say.

func ofGates() []Entry {
	return []Entry{
		{
			Name: AnnotationMaxErrorRate, Meaning: "the share of requests that may fail (5xx)",
			Grammar: `number "%" | "off"`, Default: "5%", Notes: []string{"Above 0 and below 100 %."},
			Examples: []Example{{"1%", "one request of a hundred"}, {"0.5%", "one of two hundred"}, {off, "errors are not judged"}},
			Wrong:    []string{"0.05", "0%"}, Page: "gates.md",
		},
		{
			Name: AnnotationMaxLatency, Meaning: "a quantile of the response times, and its bound",
			Grammar: `"p" quantile "<" duration | "off"`, Default: "p95<2s", Notes: []string{"The quantile is above 0 and below 100."},
			Examples: []Example{
				{"p95<500ms", "of a hundred requests five may take longer"}, {"p99.9<2s", "of a thousand one"}, {off, "response times are not judged"},
			},
			Wrong: []string{"500ms", "p95<500"}, Page: "gates.md",
		},
		{
			Name: AnnotationAlerts, Meaning: "alert rules of yours that are gates as well",
			Grammar: `rule { "," rule } . rule = name [ "!global" ]`, Without: "no alert rule is a gate",
			Notes: []string{"At most 20 rules, names of at most 200 bytes.", "`!global` takes a rule as it stands, whoever it is about."},
			Examples: []Example{
				{"HighErrorRate,HighLatency", "two rules, asked about each version's pods"}, {"DatabaseDown!global", "the run holds while it fires"},
			},
			Wrong: []string{"A,A", "A!everywhere"}, Page: "gates.md#your-alert-rules",
		},
		{
			Name: AnnotationMetrics, Meaning: "what to count where it isn't found by itself",
			Grammar: `part { ";" part } . part = "requests=" selector | "bad=" matchers | "latency=" selector | "unit=" ( "s" | "ms" )`,
			Without: "`http_requests_total` with `http_request_duration_seconds`, or Istio's own metrics, whichever stable's pods have",
			Notes:   []string{"Selectors are PromQL's. The labels `namespace`, `pod` and `le` are Sluice's own and can't be asked for."},
			Examples: []Example{
				{`requests=rpc_total; bad={code!="OK"}; latency=rpc_seconds_bucket`, "a server of RPCs"},
				{`latency=http_client_ms_bucket; unit=ms`, "only the response times, in milliseconds"},
			},
			Wrong: []string{"rpc_total", `bad={code="500"}`}, Page: "gates.md#your-own-metrics",
		},
		{
			Name: AnnotationCompare, Meaning: "whether the new version is also judged against stable, not only by the limits",
			Grammar: `"on" | "off"`, Default: "on", Examples: []Example{{off, "only the limits count"}}, Wrong: []string{"yes"}, Page: "analysis.md",
		},
	}
}

func ofHooks() []Entry {
	return []Entry{
		hookEntry(AnnotationBefore, "a Job that is run before there is any pod of the new version", "migrate"),
		hookEntry(AnnotationVerify, "a Job that is run when the new version is ready and nobody gets it yet", "smoke"),
		hookEntry(AnnotationAfter, "a Job that is run when the new version is the only one", "tidy"),
	}
}

func hookEntry(name, meaning, example string) Entry {
	return Entry{
		Name: name, Meaning: meaning, Grammar: `"cronjob/" name`, Without: "no Job is run",
		Notes:    []string{"The CronJob is of the Deployment's namespace and only the template; suspend it."},
		Examples: []Example{{hookPrefix + example, "a Job of CronJob `" + example + "`, once per run"}},
		Wrong:    []string{"job/" + example}, Page: "hooks.md",
	}
}

func ofCommands() []Entry {
	return []Entry{{
		Name: AnnotationCommand, Meaning: "a command to the run that goes on, followed by the canary's hash",
		Grammar: `verb hash [ "again" ] . verb = "approve" | "promote" | "abort" | "retry" | "pause" | "resume"`, Without: "there is no command",
		Notes: []string{
			"The hash is in the name of the canary's ReplicaSet and in every message. A command for another hash has no effect, so one that came " +
				"back with an old manifest does no harm.",
			"It is carried out once. `again` makes the same command a new one.", "`kubectl sluice approve` and the like write it for you.",
		},
		Examples: []Example{
			{"approve 6f7d8c9b54", "past a step that pauses, or the swap"},
			{"promote 6f7d8c9b54", "past every hold that is left; a failing gate still aborts"},
			{"abort 6f7d8c9b54", "all traffic to stable"},
			{"retry 6f7d8c9b54", "an aborted version is tried again"},
			{"pause 6f7d8c9b54", "the run is held where it is, until `resume`"},
			{"approve 6f7d8c9b54 again", "a second approval"},
		},
		Wrong: []string{"abort", "stop 6f7d8c9b54"}, Page: "gitops.md#actions",
	}}
}

// Mark is something that Sluice itself writes on objects, or that users put on others than Deployments.
type Mark struct {
	Name string
	// Kind of it: annotation, label, condition.
	Kind string
	// On says on what, Meaning what for.
	On, Meaning string
}

// Marks lists them all.
func Marks() []Mark {
	return []Mark{
		{ConditionPromoted, "condition", "the Deployment", "where its roll-out is"},
		{AnnotationRunBy, "annotation", "a Service or VirtualService of yours, while a run has changed it", "whose run it is: the Deployment's name, with its namespace before " +
			"it where that is another"},
		{LabelManaged, "label", "all that Sluice makes: the record, the canary's Service and ReplicaSet, a VirtualService or DestinationRule made for a run, " +
			"Jobs of hooks", "that it is Sluice's, and what: `record`, `canary-service`, `canary`, `route`, `policy`, `hook`"},
		{Prefix + "run", "label", "Jobs of hooks", "the run's own identifier"},
		{Prefix + "hook", "label", "Jobs of hooks", "which hook it is: `before`, `verify` or `after`"},
		{LabelRules, "label", "ConfigMaps of yours, with any value", "its entries are rule files with alert rules to use"},
	}
}
