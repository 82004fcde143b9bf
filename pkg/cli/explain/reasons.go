package explain

import "github.com/sluice-dev/sluice/pkg/spec"

// Words explain one reason.
type Words struct {
	// Why completes "it is so because …" as a sentence of its own.
	Why string
	// Change says what would change it.
	Change string
}

const (
	byItself = "It goes on by itself."
	newRun   = "Push another template, or retry the same one."
	fixIt    = "Put right what the message names; it is looked at again at once."
)

// Reason explains a reason of the condition, of an event or of the record; false for one that is not known.
func Reason(r spec.Reason) (Words, bool) {
	for _, table := range []map[spec.Reason]Words{atRest(), notStarting(), goingOn(), aborted()} {
		if w, ok := table[r]; ok {
			return w, true
		}
	}
	return Words{}, false
}

func atRest() map[spec.Reason]Words {
	return map[spec.Reason]Words{
		spec.ReasonPromoted: {
			"The version that the Deployment asks for serves all users.", "A new pod template starts a run.",
		},
		spec.ReasonFirstRollout: {
			"Nothing is stable yet that a version could be compared with: this first roll-out is Kubernetes' own and is not judged.",
			"When its pods are available it is taken for stable; the next template is judged.",
		},
		spec.ReasonCancelled: {
			"The template was reverted to stable's while the run went on, so there is nothing left to promote.", "A new pod template starts a run.",
		},
		spec.ReasonReleased: {
			"The strategy annotation was removed: Sluice restores what it had changed and lets go of the Deployment.",
			"The annotation sluice.dev/strategy hands it over again.",
		},
		spec.ReasonUngated: {
			"The version that serves was never judged: it was rolled out while Sluice could not brake it.",
			"A new pod template starts a run, and its promotion ends this state.",
		},
	}
}

func notStarting() map[spec.Reason]Words {
	return map[spec.Reason]Words{
		spec.ReasonInvalidAnnotation: {"An annotation can't be read, and Sluice never guesses.", "Correct the annotation that the message names."},
		spec.ReasonServiceNotFound: {
			"No Service leads to the Deployment's pods, so there is no traffic to shift.",
			"Make a Service whose selector matches the pods, or name one with the annotation sluice.dev/service.",
		},
		spec.ReasonServiceAmbiguous: {
			"Several Services lead to the Deployment's pods, and which one carries the users' traffic is not for Sluice to guess.",
			"Name the one with the annotation sluice.dev/service.",
		},
		spec.ReasonServiceShared: {
			"The Service leads to pods of another Deployment as well, so its traffic can't be split between two versions of this one.",
			"Give each Deployment a Service of its own.",
		},
		spec.ReasonNameTaken: {
			"An object that Sluice would have to make has a name that is taken, or two versions can't be told apart by theirs.",
			"Rename or delete the object that the message names.",
		},
		spec.ReasonNoPrometheus: {
			"There are gates and no Prometheus to ask, and no evidence is never a pass.",
			"Give the controller --prometheus-address, or switch the gates off.",
		},
		spec.ReasonNoIstio: {
			"Traffic is shifted by Istio, and the cluster doesn't have Istio's kinds.",
			"Install Istio 1.22 or later; the controller notices. Or use the strategy blue-green, which needs no mesh.",
		},
		spec.ReasonRouteConflict: {
			"Something else decides where the Service's traffic goes, and two must not write the same route.", fixIt,
		},
		spec.ReasonRouteInvalid: {
			"The VirtualService can't be split: the message says at which route and why.", "Correct the VirtualService, or name another with sluice.dev/virtual-service.",
		},
		spec.ReasonRecordUnreadable: {
			"The record of the runs can't be read, and what a run had reached is not to be guessed. Nothing is changed.",
			"Repair the ConfigMap, or delete it: the Deployment is then taken as it stands.",
		},
		spec.ReasonAlertRefused: {
			"An alert rule that the Deployment names is missing or can't be a gate.",
			"Correct sluice.dev/alerts or the rule. `lint` says of every rule how it would be judged.",
		},
		spec.ReasonHookInvalid: {
			"A hook names a CronJob that is missing, or that no Job can be made of.",
			"Create the CronJob that the message names, suspended, or take the hook's annotation away.",
		},
	}
}

func goingOn() map[spec.Reason]Words {
	return map[spec.Reason]Words{
		spec.ReasonStarted:  {"A new template was pushed and its run has begun.", byItself},
		spec.ReasonCaptured: {"A roll-out got past the brake. It was taken over, and is judged like any other.", byItself},
		spec.ReasonScaling: {
			"The canary's pods are not available yet, and no version gets traffic without the pods that it takes.",
			"It goes on when they are. If none becomes ready within the progress deadline, the run is aborted.",
		},
		spec.ReasonSettling: {"The pods are ready; the mesh is given time to learn of them before users are sent there.", byItself},
		spec.ReasonWeight:   {"The canary has just been given a new share of the traffic.", byItself},
		spec.ReasonHolding:  {"The gates have what they need; the step is held for the time that the plan gives it.", "It goes on when the step's time is over, if the gates still pass."},
		spec.ReasonEvidence: {
			"Nothing is wrong, but it takes more requests to say that the canary is good enough.",
			"It goes on when the canary has had enough requests at this step.",
		},
		spec.ReasonBlind: {
			"Nothing can be said about the canary: the measurements are missing, old or contradictory. That is never a pass.",
			"It goes on when the metrics can be read again. The traffic stays where it is until then.",
		},
		spec.ReasonBothIll: {
			"Canary and stable are ill alike. That is not the canary's fault, and not a time to go on.", "It goes on when the service has recovered.",
		},
		spec.ReasonWarning: {
			"An alert rule fires that is no reason to abort at once.",
			"It goes on when the rule is quiet. If it still fires for the canary after the longest hold, the run is aborted.",
		},
		spec.ReasonApproval: {"The plan has a pause here: a person decides.", "Approve it, or abort it. It waits as long as that takes; a gate that fails still aborts it."},
		spec.ReasonPaused:   {"It was paused by command. A gate that fails still aborts it.", "Resume it."},
		spec.ReasonReverted: {
			"Somebody else has changed the canary's weight, or the Service's selector. It was put back, and the step begins anew, for evidence of mixed weights is none.",
			"It goes on by itself; if it happens too often the run is aborted.",
		},
		spec.ReasonNotReady: {
			"Fewer of the canary's pods are ready than its share of the traffic needs.",
			"It goes on when they are ready. If that lasts for the progress deadline, the run is aborted.",
		},
		spec.ReasonDiffers: {
			"The template of the canary's ReplicaSet is not the Deployment's any more, so its pods can't become the Deployment's own.",
			"Push the template again, or abort.",
		},
		spec.ReasonPassed: {"Every gate of the step has passed.", byItself},
		spec.ReasonTolerated: {
			"The step had too little evidence within the longest hold, and sluice.dev/on-inconclusive lets it pass.", byItself,
		},
		spec.ReasonResumed:    {"It was resumed by command.", byItself},
		spec.ReasonApproved:   {"The step was approved.", byItself},
		spec.ReasonForced:     {"It goes on past every hold because a person said so. A gate that fails still aborts it.", byItself},
		spec.ReasonPromoting:  {"Every step has passed. The canary has all traffic and is being made the Deployment's own, without restarting a pod.", byItself},
		spec.ReasonHandedOver: {"The canary's pods are the Deployment's own now; the old version's are being taken away.", byItself},
		spec.ReasonReachable: {
			"The new version can be reached, by testers or by copies of requests; no user gets its answers yet.", byItself,
		},
		spec.ReasonSwapped: {
			"The Service leads to the new version; the old one is kept warm until the bake is over.",
			"It goes on when the bake is over and the gates pass. A gate that fails swaps back.",
		},
		spec.ReasonHook: {
			"A Job of yours is part of the roll-out, and is waited for.", "It goes on when the Job has succeeded. If it fails, or takes longer than its deadline, the run is aborted; one that runs after the " +
				"promotion can't undo that.",
		},
		spec.ReasonHookSucceeded: {"A Job of yours has succeeded.", byItself},
		spec.ReasonAfterFailed: {
			"The Job after the promotion has failed. The new version is the only one by then, and stays.", "See the Job's logs; what it was to do is yours to do.",
		},
		spec.ReasonStableGone: {
			"The ReplicaSet that serves users is not the Deployment's any more. Nothing is changed.",
			"Push the template that is to serve, or delete the record to take the Deployment as it stands.",
		},
	}
}

func aborted() map[spec.Reason]Words {
	return map[spec.Reason]Words{
		spec.ReasonGateFailed: {
			"A gate has failed: there was enough evidence against the canary. All traffic is stable's.", newRun,
		},
		spec.ReasonDeadline: {
			"The canary's pods made no progress for as long as the Deployment allows. All traffic is stable's.",
			"See what keeps the pods from becoming ready; then push another template, or retry.",
		},
		spec.ReasonUnavailable: {
			"The canary had traffic and no ready pod left, or its ReplicaSet was deleted. All traffic is stable's.", newRun,
		},
		spec.ReasonRestarting: {"The canary's containers were restarted again and again, and stable's were not. All traffic is stable's.", newRun},
		spec.ReasonHookFailed: {
			"A Job of yours has failed. That ends a run whose version is not the only one yet: all traffic is stable's.",
			"See the Job's logs; then push another template, or retry: the Jobs are then run anew.",
		},
		spec.ReasonCommand: {"It was aborted by command. All traffic is stable's.", newRun},
		spec.ReasonInconclusive: {
			"There was too little evidence within the longest hold, and sluice.dev/on-inconclusive says what that means.",
			newRun + " More traffic, shorter plans or a looser limit need less time.",
		},
		spec.ReasonContested: {
			"Somebody else kept changing the canary's weight, or the Service's selector, so that no step could be judged. All traffic is stable's.",
			"Find who writes the object that the message names; then retry.",
		},
		spec.ReasonScaledToZero:   {"The Deployment was scaled to zero: without pods nothing can be judged.", "Scale it up."},
		spec.ReasonSuperseded:     {"A newer template was pushed; the run for it follows.", byItself},
		spec.ReasonDeploymentGone: {"The Deployment was deleted; what Sluice had changed is put back.", "Nothing is left to do."},
	}
}
