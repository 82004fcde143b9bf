package spec

// ConditionPromoted is the condition on the Deployment that says where its roll-out is: True at rest, Unknown while a run goes on,
// False after an abort or when nothing can start. `kubectl wait --for=condition=sluice.dev/Promoted` works on it.
const ConditionPromoted = Prefix + "Promoted"

// Reason names why something is as it is. The same constant feeds the condition, the event and the record.
type Reason string

// Reasons at rest.
const (
	// ReasonPromoted: the Deployment's template is the one that serves.
	ReasonPromoted Reason = "Promoted"
	// ReasonFirstRollout: nothing is stable yet; the first roll-out is Kubernetes' own and is not gated.
	ReasonFirstRollout Reason = "FirstRollout"
	// ReasonCancelled: the template was reverted to stable's during a run.
	ReasonCancelled Reason = "Cancelled"
	// ReasonReleased: the strategy annotation was removed.
	ReasonReleased Reason = "Released"
	// ReasonUngated: a version is live that no run has judged.
	ReasonUngated Reason = "Ungated"
)

// Reasons that keep a run from starting.
const (
	ReasonInvalidAnnotation Reason = "InvalidAnnotation"
	ReasonServiceNotFound   Reason = "ServiceNotFound"
	ReasonServiceAmbiguous  Reason = "ServiceAmbiguous"
	ReasonServiceShared     Reason = "ServiceShared"
	ReasonNameTaken         Reason = "NameTaken"
	ReasonNoPrometheus      Reason = "NoPrometheus"
	ReasonNoIstio           Reason = "NoIstio"
	ReasonRouteConflict     Reason = "RouteConflict"
	ReasonRouteInvalid      Reason = "RouteInvalid"
	ReasonRecordUnreadable  Reason = "RecordUnreadable"
	ReasonAlertRefused      Reason = "AlertRefused"
	// ReasonHookInvalid: the CronJob of a hook is missing, or no Job can be made of it.
	ReasonHookInvalid Reason = "HookInvalid"
)

// Reasons of a run that goes on.
const (
	ReasonStarted  Reason = "RunStarted"
	ReasonCaptured Reason = "RolloutCaptured"
	ReasonScaling  Reason = "WaitingForCanary"
	ReasonSettling Reason = "Settling"
	ReasonWeight   Reason = "WeightChanged"
	ReasonHolding  Reason = "StepTime"
	ReasonEvidence Reason = "WaitingForEvidence"
	ReasonBlind    Reason = "NoEvidence"
	// ReasonBothIll: canary and stable look ill alike, so it is not the canary's fault, and no time to go on.
	ReasonBothIll Reason = "ServiceIll"
	// ReasonWarning: an alert rule fires that is no reason to abort at once.
	ReasonWarning  Reason = "AlertFiring"
	ReasonApproval Reason = "WaitingForApproval"
	ReasonPaused   Reason = "Paused"
	ReasonReverted Reason = "WeightReverted"
	ReasonNotReady Reason = "CanaryNotReady"
	ReasonDiffers  Reason = "TemplateDiffers"
	ReasonPassed   Reason = "StepPassed"
	// ReasonTolerated: a step was passed with too little evidence, because the annotations say so.
	ReasonTolerated  Reason = "PassedInconclusive"
	ReasonApproved   Reason = "Approved"
	ReasonForced     Reason = "PromotedByCommand"
	ReasonResumed    Reason = "Resumed"
	ReasonPromoting  Reason = "Promoting"
	ReasonHandedOver Reason = "HandedOver"
	ReasonStableGone Reason = "StableMissing"
	// ReasonReachable: the canary can be reached, though no user gets its answers yet.
	ReasonReachable Reason = "CanaryReachable"
	// ReasonSwapped: the user's Service leads to the new version.
	ReasonSwapped Reason = "TrafficSwapped"
	// ReasonHook: a Job of the user's is run, and waited for.
	ReasonHook          Reason = "WaitingForHook"
	ReasonHookSucceeded Reason = "HookSucceeded"
	// ReasonAfterFailed: the hook after the promotion has failed; the new version stays.
	ReasonAfterFailed Reason = "AfterHookFailed"
)

// Reasons of an abort.
const (
	ReasonGateFailed     Reason = "GateFailed"
	ReasonDeadline       Reason = "ProgressDeadlineExceeded"
	ReasonUnavailable    Reason = "CanaryUnavailable"
	ReasonRestarting     Reason = "CanaryRestarting"
	ReasonCommand        Reason = "AbortedByCommand"
	ReasonHookFailed     Reason = "HookFailed"
	ReasonInconclusive   Reason = "Inconclusive"
	ReasonContested      Reason = "Contested"
	ReasonScaledToZero   Reason = "ScaledToZero"
	ReasonSuperseded     Reason = "Superseded"
	ReasonDeploymentGone Reason = "DeploymentDeleted"
)

// Endings are the reasons for which runs end, the good one first.
func Endings() []Reason {
	return []Reason{
		ReasonPromoted, ReasonGateFailed, ReasonDeadline, ReasonUnavailable, ReasonRestarting, ReasonCommand, ReasonHookFailed, ReasonInconclusive,
		ReasonContested, ReasonScaledToZero, ReasonDeploymentGone, ReasonCancelled, ReasonSuperseded,
	}
}

// Reasons lists them all, in the order in which they are explained.
func Reasons() []Reason {
	return []Reason{
		ReasonPromoted, ReasonFirstRollout, ReasonCancelled, ReasonReleased, ReasonUngated, ReasonInvalidAnnotation,
		ReasonServiceNotFound, ReasonServiceAmbiguous, ReasonServiceShared, ReasonNameTaken, ReasonNoPrometheus, ReasonNoIstio,
		ReasonRouteConflict, ReasonRouteInvalid, ReasonRecordUnreadable, ReasonAlertRefused, ReasonHookInvalid, ReasonStarted,
		ReasonCaptured, ReasonScaling, ReasonSettling, ReasonWeight, ReasonHolding, ReasonEvidence, ReasonBlind, ReasonBothIll,
		ReasonWarning, ReasonApproval, ReasonPaused, ReasonReverted, ReasonNotReady, ReasonDiffers, ReasonPassed, ReasonTolerated,
		ReasonApproved, ReasonForced, ReasonResumed, ReasonPromoting, ReasonHandedOver, ReasonStableGone, ReasonReachable,
		ReasonSwapped, ReasonHook, ReasonHookSucceeded, ReasonAfterFailed, ReasonGateFailed, ReasonDeadline, ReasonUnavailable,
		ReasonRestarting, ReasonCommand, ReasonHookFailed, ReasonInconclusive, ReasonContested, ReasonScaledToZero, ReasonSuperseded,
		ReasonDeploymentGone,
	}
}
