package spec

// Prefix is the prefix of every annotation, condition and label that belongs to Sluice.
const Prefix = "sluice.dev/"

// The annotations that users write on a Deployment.
const (
	// AnnotationStrategy hands the Deployment's roll-outs to Sluice: "canary" or "blue-green".
	AnnotationStrategy = Prefix + "strategy"
	// AnnotationSteps lists the weights and how long each is held at least: "10@2m,50@5m,100@5m"; "10@pause" waits for approval.
	AnnotationSteps = Prefix + "steps"
	// AnnotationService names the Service whose traffic is shifted.
	AnnotationService = Prefix + "service"
	// AnnotationVirtualService names the VirtualServices to edit: "name", "name/route" or "namespace/name", several by comma.
	AnnotationVirtualService = Prefix + "virtual-service"
	// AnnotationMaxErrorRate is the share of requests that may fail: "1%", or "off".
	AnnotationMaxErrorRate = Prefix + "max-error-rate"
	// AnnotationMaxLatency is a bound on a latency quantile: "p95<500ms", or "off".
	AnnotationMaxLatency = Prefix + "max-latency"
	// AnnotationAlerts names alert rules that are gates as well: "HighErrorRate,HighLatency".
	AnnotationAlerts = Prefix + "alerts"
	// AnnotationMetrics names the metrics to judge by where they are not found by themselves; metrics.go has the grammar.
	AnnotationMetrics = Prefix + "metrics"
	// AnnotationCompare says whether the canary is also judged against stable: "on" or "off".
	AnnotationCompare = Prefix + "compare"
	// AnnotationOnInconclusive says what happens when a step has waited MaxHold for evidence: "hold", "promote" or "abort".
	AnnotationOnInconclusive = Prefix + "on-inconclusive"
	// AnnotationMaxHold is the longest that a step may wait for evidence.
	AnnotationMaxHold = Prefix + "max-hold"
	// AnnotationCommand is a command to the current run, followed by the canary's hash: "abort 6f7d8c9b54".
	AnnotationCommand = Prefix + "command"
)

// The annotations of the canary strategy alone.
const (
	// AnnotationCanaryHeader is a request header that leads to the canary before it has any weight: "x-canary=always".
	AnnotationCanaryHeader = Prefix + "canary-header"
	// AnnotationMirror copies a share of the requests to the canary, whose answers nobody gets, before it has any weight: "10%".
	AnnotationMirror = Prefix + "mirror"
)

// The annotations of the blue-green strategy alone.
const (
	// AnnotationBake is how long the old version stays warm after the swap, gates running: "5m".
	AnnotationBake = Prefix + "bake"
	// AnnotationApproval says whether the swap waits for an approval: "on" or "off".
	AnnotationApproval = Prefix + "approval"
)

// The annotations that name a suspended CronJob, "cronjob/NAME", whose Job is run once per run.
const (
	// AnnotationBefore is run before there is any pod of the new version.
	AnnotationBefore = Prefix + "before"
	// AnnotationVerify is run when the canary is ready and has no traffic yet.
	AnnotationVerify = Prefix + "verify"
	// AnnotationAfter is run when the new version is the only one.
	AnnotationAfter = Prefix + "after"
)

// The marks that Sluice writes on objects.
const (
	// AnnotationRunBy stands on a user's object while Sluice has modified it, with the Deployment's name as value (in another namespace with
	// its namespace and a slash before it), so that a later Sluice finds and restores what an ended run left, whatever happened in between.
	AnnotationRunBy = Prefix + "run-by"
	// LabelManaged stands on every object that Sluice made: the record, the canary's Service, a VirtualService made for a run.
	LabelManaged = Prefix + "managed"
)

// LabelRules is what users put on a ConfigMap, with any value, whose entries are Prometheus rule files with alert rules to use.
const LabelRules = Prefix + "rules"
