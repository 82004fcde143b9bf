package boards

import "github.com/sluice-dev/sluice/test/dashboards/grafana"

// interval is Grafana's for rates: at least four scrapes.
const interval = "[$__rate_interval]"

// quantileOf is a quantile of one of the controller's histograms.
func quantileOf(q, metric string) string {
	return `histogram_quantile(` + q + `, sum by (le) (rate(` + metric + `_bucket` + interval + `)))`
}

func controller() []grafana.Size {
	absent := "The controller isn't scraped"
	return []grafana.Size{
		size(4, 4, grafana.Stat("Leaders", "Replicas that reconcile. Must be 1; for the time of a lease 0 after a leader was lost.", "not scraped").
			Now("", `sum(sluice_leader)`).Colored(red, grafana.From(1, green), grafana.From(2, red))),
		size(4, 4, grafana.Stat("Replicas", "Controllers that are scraped.", "not scraped").Now("", `count(sluice_build_info)`)),
		size(4, 4, grafana.NamedStat("Version", "Of the controllers that run now.", "not scraped").
			Now("{{version}}", `count by (version) (sluice_build_info)`)),
		size(4, 4, grafana.Stat("Longest at it", "How long the worker has been busy with one Deployment that has been for the longest. More than a few seconds: the API server is slow.", "not scraped").
			Now("", `max(sluice_queue_longest_running_seconds)`).Unit(seconds).Colored(green, grafana.From(10, yellow), grafana.From(60, red))),
		size(4, 4, grafana.Stat("Queries that fail", "Share of the queries to Prometheus without a usable answer in the last 5 minutes. While it is high, runs hold.", "no queries").
			Now("", `sum(rate(sluice_prometheus_query_errors_total[5m])) / (sum(rate(sluice_prometheus_queries_total[5m])) > 0)`).
			Unit(ratio).Colored(green, grafana.From(0.01, yellow), grafana.From(0.5, red))),
		size(4, 4, grafana.Stat("Notifications lost", "Deliveries to the webhook that were given up, and those that found no room in the queue, in the time range.", "no webhook").
			Now("", `round(sum(increase(sluice_webhook_deliveries_total{result="failed"}[$__range])) + sum(increase(sluice_webhook_dropped_total[$__range])))`).
			Decimals(0).Colored(green, grafana.From(1, red))),

		size(8, 8, grafana.Lines("Reconciles", "Looks at a Deployment, by how they ended. A conflict is normal: an object had changed, and it is planned again.", absent).
			Query("{{result}}", `sum by (result) (rate(sluice_reconciles_total`+interval+`))`).Unit("ops").From(0).
			Field("error", grafana.Fixed(red)).Field("ok", grafana.Fixed(green)).Field("conflict", grafana.Fixed(yellow))),
		size(8, 8, grafana.Lines("Time to reconcile", "To observe, plan and write once. Prometheus is not asked in it.", absent).
			Query("median", quantileOf("0.5", "sluice_reconcile_duration_seconds")).
			Query("99 of 100", quantileOf("0.99", "sluice_reconcile_duration_seconds")).Unit(seconds).From(0)),
		size(8, 8, grafana.Lines("Queue", "Deployments that wait to be looked at, and how long 99 of 100 have waited.", absent).
			Query("waiting", `sum(sluice_queue_depth)`).
			Query("wait, 99 of 100", quantileOf("0.99", "sluice_queue_wait_seconds")).From(0).
			Field("wait, 99 of 100", grafana.UnitOf(seconds), grafana.Property{ID: "custom.axisPlacement", Value: "right"})),
		size(8, 8, grafana.Lines("Queries to Prometheus", "By what was asked for, and those without a usable answer by reason.", "No query was sent in this time range: none are needed at rest").
			Query("{{kind}}", `sum by (kind) (rate(sluice_prometheus_queries_total`+interval+`))`).
			Query("error: {{reason}}", `sum by (reason) (rate(sluice_prometheus_query_errors_total`+interval+`)) > 0`).Unit("ops").From(0).
			FieldsLike("^error", grafana.Fixed(red))),
		size(8, 8, grafana.Lines("Time to gather evidence", "How long one query takes, and how long it takes to collect the evidence of all runs once.", "No evidence was gathered in this time range: none is needed at rest").
			Query("a query, 99 of 100", quantileOf("0.99", "sluice_prometheus_query_duration_seconds")).
			Query("all evidence, 99 of 100", quantileOf("0.99", "sluice_evidence_duration_seconds")).Unit(seconds).From(0)),
		size(8, 8, grafana.Bars("Writes to the API server", "By resource; events and the Lease are not counted. At rest there are none.", "Nothing was written in this time range").
			Query("{{resource}}", counted("resource", "sluice_writes_total")+" > 0").Every("1m").Decimals(0).From(0)),
	}
}
