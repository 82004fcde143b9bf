package spec

import "slices"

// Entry explains one annotation to those who write it. docs/annotations.md and `kubectl sluice annotations` are made of entries.
type Entry struct {
	// Name is the full name.
	Name string
	// Strategy is the only one that has it; empty: both.
	Strategy Strategy
	// Meaning is one sentence without a full stop, in Markdown without links.
	Meaning string
	// Grammar is what a value looks like, in EBNF.
	Grammar string
	// Default is the value that says what is so without the annotation; empty where no value does.
	Default string
	// Without says what is so without the annotation, where Default is empty.
	Without string
	// Notes are what else is to be known, bounds first.
	Notes []string
	// Examples are right values.
	Examples []Example
	// Wrong are values that are refused; what is said of them is Parse's.
	Wrong []string
	// Page of docs that tells more, as a link there; empty: none.
	Page string
}

// Example is a value and what it means.
type Example struct{ Value, Means string }

// Catalogue lists every annotation that users write, in the order in which one needs them.
func Catalogue() []Entry {
	return slices.Concat(ofTraffic(), ofTime(), ofGates(), ofHooks(), ofCommands())
}

// Refusal is what is said of a wrong value of the annotation.
func (e Entry) Refusal(value string) string {
	return Describe(Parse(e.With(value)).Problems)
}

// With is the smallest set of annotations in which a value can stand.
func (e Entry) With(value string) map[string]string {
	strategy := e.Strategy
	if strategy == "" {
		strategy = StrategyCanary
	}
	return map[string]string{AnnotationStrategy: string(strategy), e.Name: value}
}

func ofTraffic() []Entry {
	return []Entry{
		{
			Name: AnnotationStrategy, Meaning: "hands the Deployment's roll-outs to Sluice, and says how a new version gets its traffic",
			Grammar: `"canary" | "blue-green"`, Without: "Sluice leaves the Deployment alone, whatever other annotations say",
			Notes: []string{
				"`canary` shifts weights in Istio's routes, step by step; `blue-green` swaps the selector of the Service, and needs no mesh.",
				"Taking it away ends Sluice's part at any moment: traffic goes back to stable, your objects are restored, the brake is released, and what " +
					"the Deployment says is then rolled out by Kubernetes.",
			},
			Examples: []Example{{"canary", "10, 50, then 100 % of the traffic"}, {"blue-green", "a preview, then all of it at once"}},
			Wrong:    []string{"big-bang"}, Page: "concepts.md",
		},
		{
			Name: AnnotationService, Meaning: "the Service whose traffic is shifted, of the Deployment's namespace",
			Grammar: "name", Without: "the one Service whose selector matches the pods; if there are several, nothing starts until one is named",
			Examples: []Example{{"shop", "Service `shop`"}}, Wrong: []string{"prod/shop"}, Page: "routes.md",
		},
		{
			Name: AnnotationVirtualService, Strategy: StrategyCanary, Meaning: "the VirtualServices to edit, or single routes of them",
			Grammar: `ref { "," ref } . ref = name [ "/" route ] | namespace "/" name [ "/" ( route | "*" ) ]`,
			Without: "all of the Deployment's namespace that lead to the Service; if there are none, one is made for the run",
			Notes: []string{
				"`a/b` is route `b` of VirtualService `a`, or VirtualService `b` of namespace `a`, whichever is there; three parts say which.",
				"Another namespace must be listed by the controller's `--route-namespaces`.",
			},
			Examples: []Example{
				{"shop", "all routes of `shop` that lead to the Service"},
				{"shop/api,shop-tcp", "the route named `api` of `shop`, and `shop-tcp`"},
				{"infra/shop/*", "`shop` of the namespace `infra`"},
			},
			Wrong: []string{"shop/", "Web"}, Page: "routes.md",
		},
		{
			Name: AnnotationCanaryHeader, Strategy: StrategyCanary, Meaning: "requests with this header reach the new version from the moment that it is ready",
			Grammar: `name "=" value`, Without: "nobody reaches the new version before its first weight",
			Notes: []string{
				"Name and value have at most 200 bytes each; the name's case doesn't matter, the value's does.",
				"It puts a step of weight 0 before the others, which passes at once where `steps` doesn't say `0@…`.",
			},
			Examples: []Example{{"x-canary=always", "requests with `x-canary: always`"}},
			Wrong:    []string{"x-canary", "method=POST"}, Page: "routes.md#testers-first-a-header",
		},
		{
			Name: AnnotationMirror, Strategy: StrategyCanary, Meaning: "the new version gets a copy of this share of the requests, and is judged by them, before it has any weight",
			Grammar: `number "%"`, Without: "no request is copied",
			Notes: []string{
				"A whole number from 1 to 100.", "A copy of an order is a second order: mirror only what may be done twice.",
				"It puts a step of weight 0 before the others, held for a minute where `steps` doesn't say `0@…`.",
			},
			Examples: []Example{{"10%", "a tenth of the requests is copied"}},
			Wrong:    []string{"10", "0%"}, Page: "routes.md#copies-first-a-mirror",
		},
	}
}

func ofTime() []Entry {
	return []Entry{
		{
			Name: AnnotationSteps, Strategy: StrategyCanary, Meaning: "the weights of the new version in percent, and how long each is held at least",
			Grammar: `step { "," step } . step = weight [ "@" ( duration | "pause" ) ]`, Default: "10@1m,50@1m,100@1m",
			Notes: []string{
				"Weights are whole numbers and rise; a last step of 100 is added where it is missing. A step without a time has a minute.",
				"A time is the shortest: a step passes on evidence and waits for it, up to `max-hold`. `pause` waits for an approval however long that takes.",
				"Weight 0 may be the first if `canary-header` or `mirror` lets somebody reach the new version.",
			},
			Examples: []Example{
				{"10@2m,50@5m,100@5m", "three steps"}, {"25", "25, then 100 %, a minute each"}, {"10@pause,100@10m", "10 % until somebody approves"},
			},
			Wrong: []string{"50,10", "10%", "10@2", "0,100"}, Page: "concepts.md#steps",
		},
		{
			Name: AnnotationBake, Strategy: StrategyBlueGreen, Meaning: "how long the old version stays warm after the swap, the gates running",
			Grammar: "duration", Default: "5m", Examples: []Example{{"15m", "a quarter of an hour"}, {"0s", "until the evidence is there, no longer"}},
			Wrong: []string{"long", "-1m"}, Page: "blue-green.md",
		},
		{
			Name: AnnotationApproval, Strategy: StrategyBlueGreen, Meaning: "whether the swap waits for an approval",
			Grammar: `"on" | "off"`, Default: off, Examples: []Example{{"on", "`kubectl sluice approve` swaps"}}, Wrong: []string{"true"}, Page: "blue-green.md",
		},
		{
			Name: AnnotationMaxHold, Meaning: "the longest that a step waits for evidence; then `on-inconclusive` decides",
			Grammar: "duration", Default: "30m",
			Notes:    []string{"It is also the deadline of a hook's Job that has none of its own."},
			Examples: []Example{{"2h", "for an application with little traffic"}}, Wrong: []string{"30", "721h"}, Page: "gates.md#no-evidence",
		},
		{
			Name: AnnotationOnInconclusive, Meaning: "what becomes of a step that has waited `max-hold` and still has too little evidence",
			Grammar: `"hold" | "promote" | "abort"`, Default: string(InconclusiveHold),
			Examples: []Example{
				{"hold", "it waits on; commands work"}, {"promote", "it passes, and the record says why"}, {"abort", "all traffic goes to stable"},
			},
			Wrong: []string{"wait"}, Page: "gates.md#no-evidence",
		},
	}
}
