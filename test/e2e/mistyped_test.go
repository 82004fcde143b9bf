package e2e

import (
	"testing"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestScenario35_AMetricOrLabelThatIsNotThereIsNeverAPass(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		annotations map[string]string
		weight      int
		says        []string
	}{
		"a_counter": {
			map[string]string{spec.AnnotationMetrics: "requests=http_request_total"},
			10,
			[]string{"http_request_total has no series of stable's pods"},
		},
		"a_label_of_the_bad_requests": {
			map[string]string{spec.AnnotationMetrics: `requests=http_requests_total; bad={statuz=~"5.."}`},
			10,
			[]string{"http_requests_total", "statuz"},
		},
		"a_label_of_all_requests": {
			map[string]string{spec.AnnotationMetrics: `requests=http_requests_total{side="server"}`},
			10,
			[]string{"http_requests_total", `"side"`},
		},
		"a_histogram": {
			map[string]string{spec.AnnotationMetrics: "latency=http_requests_duration_seconds_bucket"},
			10,
			[]string{"http_requests_duration_seconds_bucket has no series of stable's pods"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			annotations := map[string]string{
				// Whatever else is said: what can't be seen is no pass.
				spec.AnnotationMaxHold: maxHold.String(), spec.AnnotationOnInconclusive: string(spec.InconclusivePromote),
			}
			for name, value := range c.annotations {
				annotations[name] = value
			}
			s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: annotations}})
			users := s.load(60)
			users.blindly("v1", 150) // stable's metrics are there when they are first asked for
			s.annotate()
			s.push("v2", nil)
			s.untilWeight(c.weight)
			s.holds(spec.ReasonBlind, c.says...)
			s.stays(c.weight, longAfter)
			s.holds(spec.ReasonBlind, c.says...)
			users.unharmed()
		})
	}
}

func TestMetricsThatTheUserNamesAreJudged(t *testing.T) {
	t.Parallel()
	annotations := map[string]string{
		spec.AnnotationMetrics: `requests=http_requests_total{method="GET"}; bad={status!~"2.."}; latency=http_request_duration_seconds_bucket; unit=s`,
	}
	t.Run("promoted", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: annotations}})
		users := s.load(60)
		users.blindly("v1", 150) // stable's metrics are there when they are first asked for
		s.annotate()
		s.push("v2", nil)
		s.promoted(1)
		users.unharmed()
		s.restored()
	})
	t.Run("aborted", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: annotations}})
		users := s.load(60)
		users.blindly("v1", 150) // stable's metrics are there when they are first asked for
		s.annotate()
		s.push("v2", map[string]string{"ERROR_RATE": "0.6"})
		s.aborted(1)
		users.unharmed()
		s.restored()
	})
}
