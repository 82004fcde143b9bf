package spec

import (
	"maps"
	"slices"
)

// What an annotation means depends on the others: some belong to one strategy only, and the plan of steps follows from several.

// ofOne lists the annotations that only one strategy has.
func ofOne() map[string]Strategy {
	return map[string]Strategy{
		AnnotationSteps:          StrategyCanary,
		AnnotationVirtualService: StrategyCanary,
		AnnotationCanaryHeader:   StrategyCanary,
		AnnotationMirror:         StrategyCanary,
		AnnotationBake:           StrategyBlueGreen,
		AnnotationApproval:       StrategyBlueGreen,
	}
}

// fit checks the annotations against each other and completes the plan of steps.
func (s *Spec) fit(annotations map[string]string) {
	only := ofOne()
	for _, name := range slices.Sorted(maps.Keys(only)) {
		value, there := annotations[name]
		if there && only[name] != s.Strategy && !s.wrong(name) && !s.wrong(AnnotationStrategy) {
			s.Problems = append(s.Problems, Problem{
				Annotation: name, Value: shown(value),
				Wrong: "does not apply to the strategy " + string(s.Strategy),
				Want:  "no such annotation, or the strategy " + string(only[name]),
			})
		}
	}
	if s.Strategy == StrategyBlueGreen {
		// A preview, then all traffic at once, held for as long as the old version stays warm.
		s.Steps = []Step{{Pause: s.Approval}, {Weight: 100, Hold: s.Bake}}
		s.CanaryHeader, s.Mirror, s.VirtualServices = Header{}, 0, nil
		s.sort()
		return
	}
	s.Bake, s.Approval = DefaultBake, false
	s.begin(annotations[AnnotationSteps])
	s.sort()
}

// begin puts a step of weight 0 before the others where the canary can be reached without a weight, and there only.
func (s *Spec) begin(written string) {
	early := s.CanaryHeader.Name != "" || s.Mirror > 0
	switch first := s.Steps[0]; {
	case first.Weight == 0 && !early && s.wrong(AnnotationCanaryHeader, AnnotationMirror):
		// That one is to be mended first.
		s.Steps = Default().Steps
	case first.Weight == 0 && !early:
		s.Problems = append(s.Problems, Problem{
			Annotation: AnnotationSteps, Value: shown(written),
			Wrong: "at weight 0 nobody would reach the canary",
			Want:  "a first weight above 0, or " + AnnotationCanaryHeader + " or " + AnnotationMirror,
		})
		s.Steps = Default().Steps
	case first.Weight == 0, !early:
	case s.Mirror > 0:
		s.Steps = slices.Insert(s.Steps, 0, Step{Hold: DefaultHold})
	default:
		s.Steps = slices.Insert(s.Steps, 0, Step{})
	}
}

// wrong says whether there is a problem with one of the annotations.
func (s *Spec) wrong(annotations ...string) bool {
	return slices.ContainsFunc(s.Problems, func(p Problem) bool { return slices.Contains(annotations, p.Annotation) })
}

func (s *Spec) sort() {
	slices.SortStableFunc(s.Problems, func(a, b Problem) int {
		switch {
		case a.Annotation < b.Annotation:
			return -1
		case a.Annotation > b.Annotation:
			return 1
		}
		return 0
	})
}
