package spec

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Parse reads the annotations of a Deployment. It never fails: what is wrong is listed in Spec.Problems, every other field then
// has its default. Annotations outside Prefix are none of its business.
func Parse(annotations map[string]string) Spec {
	s := Default()
	s.Managed = Managed(annotations)
	for _, name := range slices.Sorted(maps.Keys(annotations)) {
		if !strings.HasPrefix(name, Prefix) {
			continue
		}
		value := annotations[name]
		if problem := s.set(name, strings.TrimSpace(value)); problem != nil {
			problem.Annotation, problem.Value = name, shown(value)
			s.Problems = append(s.Problems, *problem)
		}
	}
	s.fit(annotations)
	return s
}

// set applies one annotation; a value that doesn't parse leaves the default.
//
//nolint:cyclop // one case for every annotation
func (s *Spec) set(name, value string) *Problem {
	switch name {
	case AnnotationStrategy:
		return apply(&s.Strategy, value, parseStrategy)
	case AnnotationSteps:
		return apply(&s.Steps, value, parseSteps)
	case AnnotationService:
		return apply(&s.Service, value, parseService)
	case AnnotationVirtualService:
		return apply(&s.VirtualServices, value, parseRouteRefs)
	case AnnotationMaxErrorRate:
		return apply(&s.MaxErrorRate, value, parseErrorRate)
	case AnnotationMaxLatency:
		return apply(&s.MaxLatency, value, parseLatency)
	case AnnotationCompare:
		return apply(&s.Compare, value, parseOnOff)
	case AnnotationOnInconclusive:
		return apply(&s.OnInconclusive, value, parseInconclusive)
	case AnnotationMaxHold:
		return apply(&s.MaxHold, value, parseMaxHold)
	case AnnotationCommand:
		return apply(&s.Command, value, parseCommand)
	case AnnotationAlerts:
		return apply(&s.Alerts, value, parseAlerts)
	case AnnotationMetrics:
		return apply(&s.Metrics, value, parseMetrics)
	case AnnotationCanaryHeader:
		return apply(&s.CanaryHeader, value, parseHeader)
	case AnnotationMirror:
		return apply(&s.Mirror, value, parseMirror)
	case AnnotationBake:
		return apply(&s.Bake, value, parseBake)
	case AnnotationApproval:
		return apply(&s.Approval, value, parseOnOff)
	case AnnotationBefore:
		return s.hook(HookBefore, value)
	case AnnotationVerify:
		return s.hook(HookVerify, value)
	case AnnotationAfter:
		return s.hook(HookAfter, value)
	default:
		return &Problem{Wrong: "unknown annotation", Want: "one of " + strings.Join(known(), ", ")}
	}
}

func apply[T any](field *T, value string, parse func(string) (T, *Problem)) *Problem {
	parsed, problem := parse(value)
	if problem == nil {
		*field = parsed
	}
	return problem
}

func known() []string {
	return []string{
		AnnotationStrategy, AnnotationSteps, AnnotationService, AnnotationVirtualService, AnnotationMaxErrorRate,
		AnnotationMaxLatency, AnnotationAlerts, AnnotationMetrics, AnnotationCompare, AnnotationOnInconclusive, AnnotationMaxHold, AnnotationCanaryHeader,
		AnnotationMirror, AnnotationBake, AnnotationApproval, AnnotationBefore, AnnotationVerify, AnnotationAfter, AnnotationCommand,
	}
}

func parseMaxHold(value string) (time.Duration, *Problem) {
	d, err := parseDuration(value)
	if err != nil {
		return 0, &Problem{Wrong: err.Error(), Want: `a duration, for example "30m"`}
	}
	return d, nil
}

func parseStrategy(value string) (Strategy, *Problem) {
	switch s := Strategy(value); s {
	case StrategyCanary, StrategyBlueGreen:
		return s, nil
	default:
		return StrategyCanary, &Problem{Wrong: "unknown strategy", Want: `"canary" or "blue-green"`}
	}
}

func parseOnOff(value string) (bool, *Problem) {
	switch value {
	case "on":
		return true, nil
	case off:
		return false, nil
	default:
		return false, &Problem{Wrong: "neither on nor off", Want: `"on" or "off"`}
	}
}

func parseInconclusive(value string) (Inconclusive, *Problem) {
	switch i := Inconclusive(value); i {
	case InconclusiveHold, InconclusivePromote, InconclusiveAbort:
		return i, nil
	default:
		return InconclusiveHold, &Problem{Wrong: "unknown answer", Want: `"hold", "promote" or "abort"`}
	}
}

func parseBake(value string) (time.Duration, *Problem) {
	d, err := parseDuration(value)
	if err != nil {
		return 0, &Problem{Wrong: err.Error(), Want: `a duration, for example "5m"`}
	}
	return d, nil
}
