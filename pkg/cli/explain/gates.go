package explain

import "github.com/sluice-dev/sluice/pkg/analysis"

// Gate explains why a gate came to its outcome; false for a reason that is not known.
func Gate(r analysis.Reason) (string, bool) {
	why, ok := map[analysis.Reason]string{
		analysis.ReasonEnough:          "there is enough evidence to go on",
		analysis.ReasonNoGates:         "all gates are off, so there is nothing to judge",
		analysis.ReasonErrorRate:       "the canary fails too many requests",
		analysis.ReasonLatency:         "too many of the canary's requests take too long",
		analysis.ReasonReach:           "the canary's callers get no answer to too many requests",
		analysis.ReasonAlert:           "the alert rule fires for the canary and not for stable",
		analysis.ReasonWarning:         "the alert rule fires for the canary; after the longest hold that is a reason to abort",
		analysis.ReasonGlobal:          "the alert rule fires for the service as a whole",
		analysis.ReasonBefore:          "the alert rule fires for stable already, so it could not tell the two apart",
		analysis.ReasonPending:         "the alert rule's expression is true, but not yet for as long as the rule says",
		analysis.ReasonEnvironment:     "stable is ill as well, so it is not the canary's fault",
		analysis.ReasonNotEnough:       "it takes more requests to be sure",
		analysis.ReasonUnreachable:     "Prometheus could not be asked",
		analysis.ReasonRefused:         "Prometheus answered, but not what was asked",
		analysis.ReasonPositiveControl: "not even stable's pods have the metric, so it is being looked for in the wrong way",
		analysis.ReasonStale:           "samples have stopped coming",
		analysis.ReasonSilent:          "the canary must have had requests, but has no such metric; perhaps it was renamed",
		analysis.ReasonDuplicates:      "a pod is scraped twice at a time, so every request would count twice",
		analysis.ReasonMalformed:       "there are samples that no counter can have",
		analysis.ReasonNoBucket:        "the latency histogram ends below the threshold, so nothing slower can be seen",
		analysis.ReasonInvalid:         "the gate as it is set makes no sense, or the evidence belongs to another run",
	}[r]
	return why, ok
}

// outcome explains a gate of which only the outcome is known.
func outcome(o analysis.Outcome) string {
	switch o {
	case analysis.Pass:
		return "nothing against it"
	case analysis.Fail:
		return "enough evidence to abort"
	case analysis.Hold:
		return "can't be judged, or must not be at present"
	case analysis.Wait:
		return "nothing wrong, but not enough requests yet to be sure"
	}
	return "nothing is said of it at present"
}
