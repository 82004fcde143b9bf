package boards

import "github.com/sluice-dev/sluice/test/dashboards/grafana"

// oneGate is the scope of a row of gates: the row is there once for every gate.
const oneGate = one + `,gate="$gate"`

// near shows for every gate how much of the evidence there is that it takes. Both are decadic logarithms, so half of the bar means the root of
// what it takes.
func near() *grafana.Panel {
	return grafana.Ranking("Evidence, of what it takes",
		"log10 of the evidence E of each gate, against what it takes to abort the run or to promote the present step. At 100 % the verdict is there. Below 0: the evidence speaks for the other side.",
		"No evidence: nothing is judged now").
		Now("{{gate}}: {{for}}", `max by (gate, for) (sluice_gate_evidence_log10{`+one+`})
/ (max by (gate, for) (sluice_gate_evidence_limit_log10{`+one+`}) > 0)`).
		Unit(ratio).Decimals(0).Between(0, 1).Colored(blue).
		FieldsLike(": abort$", grafana.Fixed(red)).FieldsLike(": promote$", grafana.Fixed(green))
}

func gate() []grafana.Size {
	none := "This gate judged nothing in this time range"
	return []grafana.Size{
		size(8, 9, bounded(versions(grafana.Steps("What the gate measures",
			"The share of bad requests that the gate has counted over the whole run, and the largest that it allows. Of an alert rule that Prometheus evaluates: the value of its expression.", none).
			Query("{{version}}", `max by (version) (sluice_gate_value{`+oneGate+`})`).
			Query("allowed", `max(sluice_gate_threshold{`+oneGate+`})`).Unit(ratio).From(0)))),
		size(8, 9, grafana.Steps("Evidence against its limit",
			"log10 of the evidence E, 0 being none. Where the red line reaches the broken red one the run is aborted; where the green line reaches the broken green one the step has passed. A line that leaves the panel at the top is far beyond doubt.", none).
			Query("abort", `max(sluice_gate_evidence_log10{`+oneGate+`,for="abort"})`).
			Query("limit to abort", `max(sluice_gate_evidence_limit_log10{`+oneGate+`,for="abort"})`).
			Query("promote", `max(sluice_gate_evidence_log10{`+oneGate+`,for="promote"})`).
			Query("limit to promote", `max(sluice_gate_evidence_limit_log10{`+oneGate+`,for="promote"})`).
			Axis("log10 E").Decimals(1).Between(-1, 4). // limits are between 1 and 3: with all of 10^60 drawn nobody would see them
			Field("abort", grafana.Fixed(red)).Field("promote", grafana.Fixed(green)).
			Field("limit to abort", grafana.Dashed(red)...).Field("limit to promote", grafana.Dashed(green)...)),
		size(8, 9, versions(grafana.Steps("Requests counted",
			"Requests of the run that the gate has counted. Too few of the canary's: the step waits.", none).
			Query("{{version}}", `max by (version) (sluice_gate_requests{`+oneGate+`})`).Decimals(0).From(0))),
	}
}

func past() []grafana.Size {
	none := "This Deployment has had no run yet"
	return []grafana.Size{
		size(6, 7, results(grafana.Stat("Runs", "How the runs ended that ended in the time range.", none).
			Now("{{result}}", `round(sum by (result) (increase(sluice_rollout_runs_total{`+one+`}[$__range])))`).Decimals(0))),
		size(9, 7, results(grafana.Bars("Runs over time", "Runs that ended, by how they ended. `kubectl sluice history` has each with its evidence.", "No run has ended in this time range").
			Query("{{result}}", counted("result", `sluice_rollout_runs_total{`+one+`}`)).Every("1m").Decimals(0).From(0))),
		size(9, 7, grafana.Table("Newest of each", "When the newest run started, the newest step got its weight, and the newest run of each kind ended.", none,
			grafana.TableSort{DisplayName: "When", Desc: true}).
			Now("", `max by (event) (sluice_event_timestamp_seconds{`+one+`}) * 1000`).
			Columns([]string{"Time"}, "event", "Event", "Value", "When").
			Field("When", grafana.UnitOf("dateTimeAsIso"))),
		size(12, 7, versions(grafana.Steps("Requests judged", "Requests that gates have counted over all runs since the present leader began to lead, by version.", none).
			Query("{{version}}", `max by (version) (sluice_requests_judged_total{`+one+`})`).Decimals(0).From(0))),
		size(12, 7, grafana.Bars("Writes to what carries the traffic", "Sluice's own writes to VirtualServices, Services and DestinationRules, and how often somebody else has undone one.", none).
			Query("by Sluice", counted("", `sluice_traffic_writes_total{`+one+`}`)).
			Query("undone by others", counted("", `sluice_contested_writes_total{`+one+`}`)).Every("1m").Decimals(0).From(0).
			Field("by Sluice", grafana.Fixed(blue)).Field("undone by others", grafana.Fixed(red))),
	}
}
