package e2e

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// appAlerts is a rule file as teams have it.
func appAlerts(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/app-alerts.yaml")
	require.NoError(t, err)
	return string(text)
}

// manifestOf is an object of the stage's namespace, as YAML.
func (s *stage) manifestOf(apiVersion, kind, name string, fields map[string]any) string {
	s.Helper()
	object := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"namespace": s.namespace, "name": name}}
	for path, value := range fields {
		if labels, is := value.(map[string]string); is && path == "labels" {
			object["metadata"].(map[string]any)["labels"] = labels
			continue
		}
		object[path] = value
	}
	text, err := yaml.Marshal(object)
	require.NoError(s, err)
	return string(text)
}

// prometheusRule puts a rule file into a PrometheusRule.
func (s *stage) prometheusRule(file string) {
	s.Helper()
	var groups map[string]any
	require.NoError(s, yaml.Unmarshal([]byte(file), &groups))
	s.apply(s.manifestOf("monitoring.coreos.com/v1", "PrometheusRule", "app-alerts", map[string]any{"spec": groups}))
}

// ruled is an application whose only gates are alert rules.
func ruled(t *testing.T, alerts string, more map[string]string) *stage {
	t.Helper()
	annotations := ungated(map[string]string{spec.AnnotationAlerts: alerts, spec.AnnotationSteps: "50@1s,100@1s"})
	maps.Copy(annotations, more)
	return newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: annotations}})
}

func TestScenario36_ATeamsAlertRulesAreGatesAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, bring := range map[string]func(*stage){
		"from_a_PrometheusRule": func(s *stage) { s.prometheusRule(appAlerts(s.T)) },
		"from_a_ConfigMap": func(s *stage) {
			s.apply(s.manifestOf("v1", "ConfigMap", "rules", map[string]any{
				"labels": map[string]string{spec.LabelRules: "true"}, "data": map[string]string{"app-alerts.yaml": appAlerts(s.T)},
			}))
		},
		"from_Prometheus_itself": func(s *stage) { require.NoError(s, plane.LoadRules(s.ctx, "app-alerts", appAlerts(s.T))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := ruled(t, "HighErrorRate,HighLatency", nil)
			bring(s)
			users := s.load(60)
			s.annotate()
			s.push("v2", nil)
			s.promoted(1)
			assert.Equal(t, []int{50, 100, 0}, s.weights())
			s.push("v3", map[string]string{"ERROR_RATE": "0.3"})
			condition := s.aborted(2)
			assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
			assert.Regexp(t, `alert/HighErrorRate.*: canary [1-9]\d*/\d+ \(\d+\.\d %\)`, condition.Message)
			users.unharmed()
			s.restored()
		})
	}
}

func TestScenario36_ARuleThatOnlyWarnsHoldsAndAbortsInTheEnd(t *testing.T) {
	t.Parallel()
	s := ruled(t, "HighErrorRate,HighLatency", map[string]string{
		spec.AnnotationMaxHold: "12s", spec.AnnotationOnInconclusive: string(spec.InconclusivePromote),
	})
	// Two seconds are long for a test.
	s.prometheusRule(strings.Replace(appAlerts(t), "> 2", "> 0.25", 1))
	users := s.load(60)
	s.annotate()
	s.push("v2", map[string]string{"LATENCY": "400ms"})
	s.untilWeight(50)
	s.holds(spec.ReasonWarning, "alert/HighLatency")
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
	assert.Contains(t, condition.Message, "still so after 12s")
	assert.Equal(t, []int{50, 0}, s.weights())
	users.unharmed()
	s.restored()
}

// scopedRules can't be lifted: they are about no share of requests.
const scopedRules = `
groups:
- name: scoped
  rules:
  - alert: ManyErrors
    expr: sum(rate(http_requests_total{status=~"5.."}[10s])) > 1
    for: 2s
    labels: {severity: critical}
`

func TestARuleThatIsNoShareOfRequestsIsAskedAboutEachVersion(t *testing.T) {
	t.Parallel()
	t.Run("promoted", func(t *testing.T) {
		t.Parallel()
		s := ruled(t, "ManyErrors", nil)
		s.prometheusRule(scopedRules)
		users := s.load(60)
		s.annotate()
		s.push("v2", nil)
		s.promoted(1)
		users.unharmed()
		s.restored()
	})
	t.Run("aborted", func(t *testing.T) {
		t.Parallel()
		s := ruled(t, "ManyErrors", map[string]string{spec.AnnotationSteps: "50@30s,100@1s"})
		s.prometheusRule(scopedRules)
		users := s.load(60)
		s.annotate()
		s.push("v2", map[string]string{"ERROR_RATE": "0.5"})
		condition := s.aborted(1)
		assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
		assert.Contains(t, condition.Message, "alert/ManyErrors")
		assert.Equal(t, []int{50, 0}, s.weights())
		users.unharmed()
		s.restored()
	})
	t.Run("firing_for_stable_before_the_start", func(t *testing.T) {
		t.Parallel()
		s := ruled(t, "ManyErrors", nil)
		s.prometheusRule(scopedRules)
		require.NoError(t, plane.Pods().Override(s.namespace, s.stable+"-", map[string]string{"ERROR_RATE": "0.5"}))
		users := s.load(60)
		s.sees(fmt.Sprintf(`count_over_time((sum(rate(http_requests_total{namespace=%q,status=~"5.."}[10s])) > 1)[4s:500ms]) > 6`, s.namespace))
		s.annotate()
		s.push("v2", nil)
		s.holds(spec.ReasonWarning, "before its first weight", "alert/ManyErrors")
		assert.Empty(t, s.weights())
		s.stays(0, longAfter)
		require.NoError(t, plane.Pods().Override(s.namespace, s.stable+"-", map[string]string{"ERROR_RATE": "0"}))
		s.promoted(1)
		users.unharmed()
		s.restored()
	})
}

const refusedRules = `
groups:
- name: refused
  rules:
  - alert: HighErrorRate
    expr: absent(http_requests_total)
`

func TestScenario37_ARuleThatCannotBeAGateStartsNothing(t *testing.T) {
	t.Parallel()
	s := ruled(t, "HighErrorRate", nil)
	s.prometheusRule(refusedRules)
	users := s.load(60)
	require.NoError(t, s.app.Apply(s.ctx, plane))
	s.blocked(spec.ReasonAlertRefused, "HighErrorRate", "PrometheusRule app-alerts", "absent")
	s.push("v2", nil)
	s.stays(0, longAfter)
	s.blocked(spec.ReasonAlertRefused, "HighErrorRate", "PrometheusRule app-alerts", "absent")
	s.warned(spec.ReasonAlertRefused, "absent")
	users.spared("v2")
	assert.Empty(t, s.versionsOf("v2"), "no ReplicaSet")
	assert.Empty(t, s.weights())
	// With a rule that can be one it starts by itself.
	s.prometheusRule(appAlerts(t))
	s.promoted(1)
	users.unharmed()
	s.restored()
}

func TestARuleThatIsNotThereStartsNothing(t *testing.T) {
	t.Parallel()
	s := ruled(t, "HighErorRate", nil)
	s.prometheusRule(appAlerts(t))
	require.NoError(t, s.app.Apply(s.ctx, plane))
	s.blocked(spec.ReasonAlertRefused, `there is no alert rule "HighErorRate"`, "there are HighErrorRate, HighLatency")
}

// blocked waits until nothing can start, for a reason, and the condition has all the words.
func (s *stage) blocked(reason spec.Reason, words ...string) {
	s.Helper()
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
		c := condition(d, spec.ConditionPromoted)
		if c == nil || c.Status != corev1.ConditionFalse || c.Reason != string(reason) {
			return false
		}
		for _, word := range words {
			if !strings.Contains(c.Message, word) {
				return false
			}
		}
		return true
	})
	require.NoError(s, err, "%+v", s.conditionNow())
}

// sees waits until Prometheus has something to answer: how soon new pods are scraped is its own affair.
func (s *stage) sees(query string) {
	s.Helper()
	client, err := api.NewClient(api.Config{Address: plane.PrometheusURL()})
	require.NoError(s, err)
	ticker := time.NewTicker(200 * time.Millisecond) // it offers nothing to wait on
	defer ticker.Stop()
	for {
		answer, _, _, err := apiv1.NewAPI(client).Query(s.ctx, query, time.Now())
		require.NoError(s, err)
		if vector, ok := answer.(model.Vector); ok && len(vector) > 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-s.ctx.Done():
			require.FailNow(s, "Prometheus has nothing to answer", query)
		}
	}
}
