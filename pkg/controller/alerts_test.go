package controller

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

const (
	errorShare = `sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05`
	nothing    = `absent(http_requests_total)`
	elsewhere  = `sum(rate(errors_total{namespace="other"}[5m])) > 1`
)

// rule is an alert rule as a file has it.
func rule(name, expr, severity, source string) rules.Rule {
	return rules.Rule{Name: name, Expr: expr, Labels: map[string]string{"severity": severity}, Source: source}
}

func on(name string, alerts ...rules.Rule) shelf {
	return shelf{name: name, set: rules.Set{Alerts: alerts}}
}

func TestAlertRulesThatADeploymentNames(t *testing.T) {
	t.Parallel()
	high := spec.AlertRef{Name: "High"}
	shared := on("Prometheus", rule("High", elsewhere, "critical", "Prometheus, other.yaml"), rule("High", errorShare, "critical", "Prometheus, ours.yaml"))
	shared.shared = true
	for says, c := range map[string]struct {
		refs    []spec.AlertRef
		shelves []shelf
		names   []string
		problem string
	}{
		"the first place that has the name counts": {
			refs: []spec.AlertRef{high}, names: []string{"High"},
			shelves: []shelf{on("objects", rule("High", errorShare, "critical", "a")), on("maps", rule("High", nothing, "critical", "b"))},
		},
		"also if it can't be a gate": {
			refs: []spec.AlertRef{high}, problem: `rule "High" of PrometheusRule a: `,
			shelves: []shelf{on("objects", rule("High", nothing, "critical", "PrometheusRule a")), on("maps", rule("High", errorShare, "critical", "b"))},
		},
		"several of a name are all used": {
			refs: []spec.AlertRef{high}, names: []string{"High", "High#2"},
			shelves: []shelf{on("objects", rule("High", errorShare, "critical", "a"), rule("High", errorShare, "warning", "a"))},
		},
		"one that is there twice is used once": {
			refs: []spec.AlertRef{high}, names: []string{"High"},
			shelves: []shelf{on("objects", rule("High", errorShare, "critical", "a"), rule("High", errorShare, "critical", "b"))},
		},
		"other teams' rules of a name in Prometheus are no concern": {
			refs: []spec.AlertRef{high}, names: []string{"High"}, shelves: []shelf{shared},
		},
		"as it stands if the user says so": {
			refs: []spec.AlertRef{{Name: "High", Global: true}}, names: []string{"High"},
			shelves: []shelf{on("objects", rule("High", nothing, "critical", "a"))},
		},
		"a name that isn't there": {
			refs: []spec.AlertRef{{Name: "Hihg"}, high}, names: []string{"High"},
			problem: `there is no alert rule "Hihg" in objects, maps; there are High, Low; not read: it is no YAML`,
			shelves: []shelf{on("objects", rule("High", errorShare, "critical", "a")), {
				name: "maps", trouble: "it is no YAML", set: rules.Set{Alerts: []rules.Rule{rule("Low", errorShare, "", "b")}},
			}},
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			got := compileAlerts(strategy.Key{Namespace: "ns", Name: "shop"}, spec.Spec{Alerts: c.refs}, c.shelves)
			var names []string
			for _, alert := range got.alerts {
				names = append(names, alert.Name)
			}
			assert.Equal(t, c.names, names)
			if c.problem == "" {
				assert.Empty(t, got.problem)
			}
			assert.Contains(t, got.problem, c.problem)
		})
	}
}

func TestSeverityOfAnAlertRule(t *testing.T) {
	t.Parallel()
	shelves := []shelf{on("objects", rule("High", errorShare, "critical", "a"), rule("High", errorShare, "warning", "a"))}
	got := compileAlerts(strategy.Key{Namespace: "ns", Name: "shop"}, spec.Spec{Alerts: []spec.AlertRef{{Name: "High"}}}, shelves)
	require.Len(t, got.alerts, 2)
	assert.Equal(t, analysis.SeverityAbort, got.alerts[0].Severity)
	assert.Equal(t, analysis.SeverityHold, got.alerts[1].Severity)
}

// ruleServer is a Source that only has rules.
type ruleServer struct {
	source

	mu    sync.Mutex
	set   rules.Set
	err   error
	times int
}

func (s *ruleServer) Rules(context.Context) (rules.Set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times++
	return s.set, s.err
}

func (s *ruleServer) answers(set rules.Set, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set, s.err = set, err
}

func (s *ruleServer) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times
}

func TestPrometheusIsAskedForItsRulesOnlyWhenSomebodyNamesOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &ruleServer{}
		var changed atomic.Int64
		l := newLoadedRules(Options{Source: server, Interval: 15 * time.Second, Log: zap.NewNop()}, func() { changed.Add(1) })
		ctx, cancel := context.WithCancel(t.Context())
		go l.run(ctx)
		wait := func() { time.Sleep(time.Minute); synctest.Wait() }
		wait()
		assert.Zero(t, server.asked(), "nobody wants to know")

		server.answers(rules.Set{}, errors.New("connection refused"))
		first := l.shelf()
		assert.Contains(t, first.trouble, "not been asked yet")
		synctest.Wait()
		assert.Equal(t, 1, server.asked(), "the first to want to know doesn't wait")
		assert.Contains(t, l.shelf().trouble, "connection refused")

		set := rules.Set{Alerts: []rules.Rule{rule("High", errorShare, "", "p")}}
		server.answers(set, nil)
		wait()
		loaded := l.shelf()
		assert.Equal(t, set, loaded.set)
		assert.Empty(t, loaded.trouble)
		assert.NotEqual(t, first.version, loaded.version)
		assert.EqualValues(t, 2, changed.Load())

		wait()
		assert.Equal(t, 3, server.asked())
		assert.Equal(t, loaded.version, l.shelf().version, "the same answer changes nothing")
		assert.EqualValues(t, 2, changed.Load())

		server.answers(rules.Set{}, errors.New("down"))
		wait()
		assert.Equal(t, loaded.set, l.shelf().set, "the last answer stays good")
		assert.Contains(t, l.shelf().trouble, "down")
		cancel()
		synctest.Wait()
	})
}
