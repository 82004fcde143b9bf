package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// deployment are the labels of every series that is about one Deployment, and those of its own.
func deployment(more ...Label) []Label {
	return append([]Label{{"namespace", "the Deployment's"}, {"deployment", "its name"}}, more...)
}

func results() string {
	return strings.Join([]string{
		string(strategy.ResultPromoted), string(strategy.ResultAborted), string(strategy.ResultCancelled), string(strategy.ResultSuperseded),
	}, ", ")
}

func version() Label { return Label{"version", "stable, canary"} }
func gate() Label    { return Label{"gate", "error-rate, latency, reachability, alert/NAME"} }
func side() Label    { return Label{"for", "abort, promote"} }

func ofRollouts() []Metric {
	return []Metric{
		{Name: "sluice_managed_deployments", Kind: Gauge, When: Always, Help: "Deployments that Sluice manages."},
		{
			Name: "sluice_rollout_phase", Kind: Gauge, When: Managed,
			Help:   "1 for the phase that the Deployment is in. In a run, after an abort and while blocked the other phases are there with 0.",
			Labels: deployment(Label{"phase", "AtRest, Blocked, Starting, Shifting, Held, Promoting, Aborting, Aborted"}),
		},
		{
			Name: "sluice_rollout_version_info", Kind: Gauge, When: Managed, Help: "1 for the ReplicaSet of each version: the canary's in a run only.",
			Labels: deployment(version(), Label{"replicaset", "its name"}),
		},
		{Name: "sluice_rollout_ready_pods", Kind: Gauge, When: Managed, Help: "Available pods of a version.", Labels: deployment(version())},
		{Name: "sluice_rollout_desired_pods", Kind: Gauge, When: InRun, Help: "Pods that a version is to have.", Labels: deployment(version())},
		{
			Name: "sluice_rollout_reason", Kind: Gauge, When: "in a run, after an abort and while blocked", Help: "1 for the reason that the condition carries now.",
			Labels: deployment(Label{"reason", "see docs/events.md"}),
		},
		{Name: "sluice_rollout_step", Kind: Gauge, When: InRun, Help: "Step that is approached or held, from 1.", Labels: deployment()},
		{Name: "sluice_rollout_steps", Kind: Gauge, When: InRun, Help: "Steps of the plan.", Labels: deployment()},
		{Name: "sluice_rollout_weight_ratio", Kind: Gauge, When: InRun, Help: "Share of the traffic that the canary has, 0 to 1.", Labels: deployment()},
		{
			Name: "sluice_rollout_braked", Kind: Gauge, When: InRun,
			Help: "1 while the Deployment is paused, so that Kubernetes doesn't roll its template out by itself, else 0.", Labels: deployment(),
		},
	}
}

func ofGates() []Metric {
	return []Metric{
		{
			Name: "sluice_gate_value", Kind: Gauge, When: InRun,
			Help: "Share of bad requests over the run, 0 to 1; of an alert rule that Prometheus evaluates, the value of its expression.", Labels: deployment(gate(), version()),
		},
		{
			Name: "sluice_gate_threshold", Kind: Gauge, When: InRun,
			Help: "Largest share of bad requests that the gate allows, 0 to 1. Not there for an alert rule that Prometheus evaluates.", Labels: deployment(gate()),
		},
		{
			Name: "sluice_gate_bound_seconds", Kind: Gauge, When: InRun, Help: "Response time above which the latency gate counts a request as bad.", Labels: deployment(gate()),
		},
		{
			Name: "sluice_gate_requests", Kind: Gauge, When: InRun, Help: "Requests of the run that the gate has counted.", Labels: deployment(gate(), version()),
		},
		{
			Name: "sluice_gate_evidence_log10", Kind: Gauge, When: InRun,
			Help: "Decadic logarithm of the evidence E to abort the run, or to promote the present step.", Labels: deployment(gate(), side()),
		},
		{
			Name: "sluice_gate_evidence_limit_log10", Kind: Gauge, When: InRun,
			Help: "Decadic logarithm of the evidence that it takes to abort, or to promote.", Labels: deployment(gate(), side()),
		},
		{
			Name: "sluice_gate_verdict", Kind: Gauge, When: InRun, Help: "1 for what the gate has come to, 0 for the others.",
			Labels: deployment(gate(), Label{"verdict", "Pass, Fail, Hold, Wait"}),
		},
		{
			Name: "sluice_requests_judged_total", Kind: Counter, When: Remembered,
			Help: "Requests that gates have counted: of each version, those of the gate that has seen the most.", Labels: deployment(version()),
		},
	}
}

func ofRuns() []Metric {
	return []Metric{
		{Name: "sluice_run_start_timestamp_seconds", Kind: Gauge, When: InRun, Help: "When the run began, in Unix time.", Labels: deployment()},
		{
			Name: "sluice_step_start_timestamp_seconds", Kind: Gauge, When: InRun,
			Help: "When the present step, the promotion or the abort began, in Unix time.", Labels: deployment(),
		},
		{
			Name: "sluice_event_timestamp_seconds", Kind: Gauge, When: Remembered,
			Help:   "When the newest such thing happened, in Unix time: a run started, a step got its weight, a run ended. For markers in dashboards.",
			Labels: deployment(Label{"event", "started, step, " + results()}),
		},
		{
			Name: "sluice_rollout_runs_total", Kind: Counter, When: Remembered, Help: "Runs of the Deployment that ended, by result.",
			Labels: deployment(Label{"result", results()}),
		},
		{
			Name: "sluice_traffic_writes_total", Kind: Counter, When: Remembered,
			Help: "Writes to VirtualServices, Services and DestinationRules for the Deployment.", Labels: deployment(),
		},
		{
			Name: "sluice_contested_writes_total", Kind: Counter, When: Remembered, Help: "How often somebody else has undone a weight or a selector that Sluice had set.",
			Labels: deployment(),
		},
		{
			Name: "sluice_runs_total", Kind: Counter, When: Always, Help: "Runs that ended, by result and reason.",
			Labels: []Label{{"result", results()}, {"reason", "see docs/events.md"}},
		},
		{
			Name: "sluice_run_duration_seconds", Kind: Histogram, When: Always, Help: "How long runs took, by result.",
			Labels: []Label{{"result", results()}}, Buckets: []float64{10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400},
		},
		{
			Name: "sluice_step_duration_seconds", Kind: Histogram, When: Always, Help: "How long steps took that were passed.",
			Buckets: []float64{1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400},
		},
		{
			Name: "sluice_transitions_total", Kind: Counter, When: "once one with the reason has happened", Help: "Events, by their reason.",
			Labels: []Label{{"reason", "see docs/events.md"}},
		},
	}
}

func ofProcess() []Metric {
	seconds := prometheus.ExponentialBuckets(.0005, 4, 9)
	return []Metric{
		{
			Name: "sluice_build_info", Kind: Gauge, When: Always, Help: "1, with the version of the controller and of Go.",
			Labels: []Label{{"version", "the controller's"}, {"goversion", "Go's"}},
		},
		{Name: "sluice_leader", Kind: Gauge, When: Always, Help: "1 while this replica reconciles, else 0."},
		{
			Name: "sluice_reconciles_total", Kind: Counter, When: Always, Help: "Looks at a Deployment. A conflict means that an object had changed: it is planned again.",
			Labels: []Label{{"result", "ok, conflict, error"}},
		},
		{Name: "sluice_reconcile_duration_seconds", Kind: Histogram, When: Always, Help: "Time to observe, plan and execute.", Buckets: seconds},
		{Name: "sluice_writes_total", Kind: Counter, When: "once there was one", Help: "Writes to the API server, by resource; events and the Lease not counted.", Labels: []Label{{"resource", "deployments, replicasets, services, …"}}},
		{Name: "sluice_evidence_duration_seconds", Kind: Histogram, When: Always, Help: "Time to collect the evidence of all runs, once.", Buckets: seconds},
		{Name: "sluice_queue_depth", Kind: Gauge, When: Always, Help: "Deployments that wait to be looked at."},
		{Name: "sluice_queue_adds_total", Kind: Counter, When: Always, Help: "Deployments that were put into the queue."},
		{Name: "sluice_queue_retries_total", Kind: Counter, When: Always, Help: "Deployments that were put into the queue again after an error."},
		{Name: "sluice_queue_wait_seconds", Kind: Histogram, When: Always, Help: "How long Deployments waited in the queue.", Buckets: seconds},
		{Name: "sluice_queue_work_seconds", Kind: Histogram, When: Always, Help: "How long a worker took for a Deployment.", Buckets: seconds},
		{Name: "sluice_queue_unfinished_seconds", Kind: Gauge, When: Always, Help: "Time that workers have spent on what is not finished yet, in all."},
		{Name: "sluice_queue_longest_running_seconds", Kind: Gauge, When: Always, Help: "How long the worker has been at it that has been for the longest."},
	}
}

func ofQueries() []Metric {
	return []Metric{
		{
			Name: "sluice_prometheus_queries_total", Kind: Counter, When: Queried, Help: "Queries sent to Prometheus, by what was asked for.",
			Labels: []Label{{"kind", "samples, bounds, control, rule"}},
		},
		{
			Name: "sluice_prometheus_query_errors_total", Kind: Counter, When: Queried, Help: "Queries without a usable answer, by reason.",
			Labels: []Label{{"reason", "MetricsUnreachable, QueryRefused"}},
		},
		{
			Name: "sluice_prometheus_query_duration_seconds", Kind: Histogram, When: Queried, Help: "How long queries took, also those that failed.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		},
	}
}

func ofWebhook() []Metric {
	return []Metric{
		{
			Name: "sluice_webhook_deliveries_total", Kind: Counter, When: Told, Help: "Attempts to deliver a notification. After failed it was given up.",
			Labels: []Label{{"result", "delivered, retried, failed"}},
		},
		{Name: "sluice_webhook_dropped_total", Kind: Counter, When: Told, Help: "Notifications that were not sent because too many were waiting."},
		{Name: "sluice_webhook_queue_depth", Kind: Gauge, When: Told, Help: "Notifications that wait to be delivered."},
		{
			Name: "sluice_webhook_duration_seconds", Kind: Histogram, When: Told, Help: "How long one attempt took.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		},
	}
}
