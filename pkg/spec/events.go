package spec

// Event is a transition that users are told of by an event on the Deployment.
type Event struct {
	Reason Reason
	// Warning is the event's type: Warning, or Normal.
	Warning bool
	// When says what has just happened.
	When string
}

// Events lists every event, in the order of a run's life. One reason stands for one transition.
func Events() []Event {
	events := []Event{
		{ReasonUngated, true, "a version went live while Sluice could not brake it"},
		{ReasonStarted, false, "a run begins"},
		{ReasonCaptured, true, "a run begins for a roll-out that got past the brake, and was taken over"},
		{ReasonHook, false, "a hook's Job is made"},
		{ReasonHookSucceeded, false, "a hook's Job has succeeded"},
		{ReasonReachable, false, "a step of weight 0 begins: testers, copies of requests or the preview's users reach the new version"},
		{ReasonWeight, false, "the canary is given another weight"},
		{ReasonSwapped, false, "the Service leads to the new version"},
		{ReasonPassed, false, "a step has passed"},
		{ReasonTolerated, false, "a step has passed with too little evidence, as the annotation says"},
		{ReasonApproval, false, "a step begins to wait for an approval"},
		{ReasonApproved, false, "the command approve is obeyed"},
		{ReasonPaused, false, "the command pause is obeyed"},
		{ReasonResumed, false, "the command resume is obeyed"},
		{ReasonForced, false, "the command promote is obeyed"},
		{ReasonBlind, true, "a step is held: nothing can be said about the canary"},
		{ReasonBothIll, true, "a step is held: canary and stable are ill alike"},
		{ReasonWarning, true, "a step is held: an alert rule fires"},
		{ReasonReverted, true, "somebody has undone a weight or a selector; it was put back"},
		{ReasonDiffers, true, "a run is held: the canary can't be handed over to a Deployment with another template"},
		{ReasonStableGone, true, "a run is held: the ReplicaSet that serves is not the Deployment's any more"},
		{ReasonHandedOver, false, "the canary's pods become the Deployment's own"},
		{ReasonPromoted, false, "a run has ended: promoted"},
		{ReasonAfterFailed, true, "the hook after the promotion has failed; the new version stays"},
		{ReasonReleased, false, "the annotation was removed or Sluice is uninstalled, and nothing of it is left"},
	}
	for _, reason := range Endings() {
		switch reason {
		case ReasonPromoted:
		case ReasonCancelled:
			events = append(events, Event{reason, false, "a run ends: the template was reverted to stable's"})
		case ReasonSuperseded:
			events = append(events, Event{reason, false, "a run ends: a newer template was pushed"})
		default:
			events = append(events, Event{reason, true, "a run is aborted; all traffic goes to stable"})
		}
	}
	for _, reason := range Obstacles() {
		events = append(events, Event{reason, true, "no run can start, or one that goes on is held"})
	}
	return events
}

// Obstacles are the reasons that keep a run from starting.
func Obstacles() []Reason {
	return []Reason{
		ReasonInvalidAnnotation, ReasonServiceNotFound, ReasonServiceAmbiguous, ReasonServiceShared, ReasonNameTaken, ReasonNoPrometheus, ReasonNoIstio,
		ReasonRouteConflict, ReasonRouteInvalid, ReasonRecordUnreadable, ReasonAlertRefused, ReasonHookInvalid,
	}
}
