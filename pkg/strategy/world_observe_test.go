package strategy_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// observe is what a controller sees of the world, with its memory brought up to date.
func (w *world) observe() strategy.Observed {
	o := strategy.Observed{Settings: w.settings, Key: strategy.Key{Namespace: ns, Name: app}, Record: w.read(), Verdict: w.verdict}
	if w.dep != nil {
		o.Deployment = &strategy.Deployment{
			Key: o.Key, UID: w.dep.uid, ResourceVersion: w.dep.rv, Deleting: w.dep.deleting, Paused: w.dep.paused,
			Replicas: w.dep.replicas, MaxSurge: w.dep.surge, ProgressDeadline: w.dep.deadline, Template: w.dep.template,
			Conditions: slices.Clone(w.dep.conditions),
		}
		for _, s := range w.sets {
			o.ReplicaSets = append(o.ReplicaSets, strategy.ReplicaSet{
				Name: s.name, UID: s.uid, ResourceVersion: s.rv, Hash: s.hash, Owner: w.owner(s), Replicas: s.replicas,
				Actual: s.actual, Available: s.available, Template: s.template, CreatedAt: s.created, Revision: s.revision > 0,
			})
		}
	}
	maps.DeleteFunc(w.memory.services, func(name string, _ *seenService) bool { return w.services[name] == nil })
	for _, name := range slices.Sorted(maps.Keys(w.services)) {
		svc := w.services[name]
		if w.dep == nil && svc.runBy != app {
			continue
		}
		seen := w.memory.endpoints(name, w.endpoints[name], w.now)
		o.Services = append(o.Services, strategy.Service{
			Name: name, ResourceVersion: svc.rv, Selector: maps.Clone(svc.selector), RunBy: svc.runBy, Managed: w.dep != nil && svc.managed,
			Matches: w.dep != nil, GRPC: svc.grpc, Ports: svc.ports, SeenSince: seen.since,
			Ready: maps.Clone(seen.ready), Changed: maps.Clone(seen.changed),
		})
		seen.pin(&o.Services[len(o.Services)-1], w.now)
	}
	for _, ref := range w.spec().Alerts {
		o.Alerts = append(o.Alerts, analysis.Alert{Name: ref.Name})
	}
	o.CronJobs, o.Jobs = w.cronJobs(), w.observedJobs()
	if w.userPolicy != "" || w.ourPolicy != nil {
		policy := strategy.Policy{Service: app}
		if w.userPolicy != "" {
			policy.Source = app
		}
		if w.ourPolicy != nil {
			policy.ResourceVersion, policy.Equal = w.ourPolicy.rv, w.ourPolicy.policy == w.userPolicy
		}
		o.Policies = append(o.Policies, policy)
	}
	for _, name := range slices.Sorted(maps.Keys(w.routes)) {
		r := w.routes[name]
		route := strategy.Route{
			Key: strategy.Key{Namespace: ns, Name: name}, ResourceVersion: r.rv, Service: app, RunBy: r.runBy, Managed: r.managed,
			Manager: r.manager,
		}
		view, err := traffic.Look(r.object, w.target(), strategy.RouteNames(w.spec(), ns, strategy.Key{Namespace: ns, Name: name})...)
		if err != nil {
			route.Problem = err.Error()
		}
		route.View = view
		w.memory.route(&route, w.now)
		o.Routes = append(o.Routes, route)
	}
	return o
}

func (m *worldMemory) endpoints(name string, now map[string][]*worldPod, at time.Time) *seenService {
	seen := m.services[name]
	if seen == nil {
		seen = &seenService{since: at, ready: map[string]strategy.Levels{}, changed: map[string]time.Time{}}
		m.services[name] = seen
	}
	for set := range seen.ready {
		seen.see(set, len(now[set]), at)
	}
	for set, pods := range now {
		seen.see(set, len(pods), at)
	}
	return seen
}

func (s *seenService) see(set string, ready int, at time.Time) {
	if before, known := s.ready[set]; !known || before.Count() != ready {
		s.changed[set] = at
	}
	s.ready[set] = s.ready[set].Observe(ready, at)
}

// pin notes which version a Service is pinned to.
func (s *seenService) pin(svc *strategy.Service, at time.Time) {
	if hash := svc.Selector[hashLabel]; !s.pinSeen {
		s.pinned, s.pinSeen = hash, true
	} else if hash != s.pinned {
		s.pinBefore, s.pinned, s.pinSince = s.pinned, hash, at
	}
	svc.PinBefore, svc.PinSince = s.pinBefore, s.pinSince
}

func (m *worldMemory) route(r *strategy.Route, at time.Time) {
	seen := m.routes[r.Name]
	switch {
	case seen == nil:
		seen = &seenRoute{view: r.View, previous: traffic.View{Weight: -1}, since: at, first: true}
		m.routes[r.Name] = seen
	case seen.view.Weight != r.View.Weight || seen.view.Header != r.View.Header || seen.view.Mirror != r.View.Mirror || seen.view.Known != r.View.Known:
		seen.previous, seen.view, seen.since, seen.first = seen.view, r.View, at, false
	}
	r.ShownSince, r.First, r.Previous = seen.since, seen.first, seen.previous
}

// fail ends the test with what is known.
func (w *world) fail(t testing.TB, why string) {
	t.Helper()
	if w.lost != nil {
		w.lost(why)
	}
	require.FailNow(t, why, w.String())
}

// maxRounds is how many plans in a row may change something at one time: as the controller has it.
const maxRounds = 12

// plan makes one plan and follows it; the Decision's actions are not carried out.
func (w *world) plan() (strategy.Observed, strategy.Decision) {
	w.changed = false
	o := w.observe()
	d := strategy.Plan(o, w.spec(), w.now)
	w.plans++
	w.last, w.wakeAt = d, d.WakeAt
	switch {
	case d.Judge == nil:
		w.judge, w.verdict = nil, nil
	case w.judge == nil || !reflect.DeepEqual(*w.judge, *d.Judge):
		w.judge, w.judgeAt = d.Judge, w.now.Add(interval)
	}
	return o, d
}

// interval is the evaluation interval.
const interval = 15 * time.Second

// reconcile plans and acts until nothing is left to do now; false when an action failed.
func (w *world) reconcile(t testing.TB) bool {
	t.Helper()
	for range maxRounds {
		o, d := w.plan()
		if len(d.Actions) == 0 {
			return true
		}
		if !w.execute(o, d) {
			w.changed = true
			return false
		}
	}
	w.fail(t, fmt.Sprintf("%d plans in a row changed something, last %s: %v", maxRounds, w.last.Status.Message, w.last.Actions))
	return false
}

// calm lets everybody do what is due now, until nothing is.
func (w *world) calm(t testing.TB) {
	t.Helper()
	for range 200 {
		w.obey()
		w.evidence()
		if !w.changed && (w.wakeAt.IsZero() || w.now.Before(w.wakeAt)) {
			return
		}
		w.reconcile(t)
	}
	w.fail(t, "the world doesn't come to rest")
}

// evidence gives a verdict when one is due.
func (w *world) evidence() {
	if w.judge == nil || w.judgeAt.IsZero() || w.now.Before(w.judgeAt) {
		return
	}
	mode := w.mode
	if at, ok := w.modeAt[w.judge.Weight]; ok {
		mode = at
	}
	w.judgeAt = w.now.Add(interval)
	outcomes := map[string]analysis.Outcome{"pass": analysis.Pass, "fail": analysis.Fail, "wait": analysis.Wait, "blind": analysis.Hold}
	outcome, ok := outcomes[mode]
	var reason analysis.Reason
	switch {
	case mode == "warn":
		outcome, reason = analysis.Hold, analysis.ReasonWarning
	case mode == "silent":
		outcome, reason = analysis.Hold, analysis.ReasonSilent
	case !ok:
		return
	case w.judge.Weight == 0 && outcome == analysis.Fail:
		outcome = analysis.Pass // before the start there is nothing to fail
	}
	w.verdict = &analysis.Verdict{
		Outcome: outcome, Message: "error-rate: " + mode, Run: w.judge.Run, StepSince: w.judge.StepSince, At: w.now, Judged: w.now,
		Gates: []analysis.Gate{{Name: analysis.GateErrorRate, Outcome: outcome, Reason: reason}},
	}
	w.changed = true
	if w.laws != nil {
		w.laws.judged(w.verdict)
	}
}

// advance lets time pass, event by event.
func (w *world) advance(t testing.TB, d time.Duration) {
	t.Helper()
	until := w.now.Add(d)
	w.calm(t)
	for {
		next := until
		for _, at := range []time.Time{w.wakeAt, w.due(), w.judging()} {
			if at.After(w.now) && at.Before(next) {
				next = at
			}
		}
		if next.After(w.now) {
			w.now = next
		}
		w.obeyLaws("time")
		w.calm(t)
		if !w.now.Before(until) {
			return
		}
	}
}

func (w *world) judging() time.Time {
	if w.judge == nil {
		return time.Time{}
	}
	return w.judgeAt
}

// condition is one of the Deployment's.
func (w *world) condition(name string) *strategy.Condition {
	if w.dep == nil {
		return nil
	}
	for i := range w.dep.conditions {
		if w.dep.conditions[i].Type == name {
			return &w.dep.conditions[i]
		}
	}
	return nil
}

// weights are those of the user's and our VirtualServices, by name.
func (w *world) weights() string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(w.routes)) {
		text += " " + name + "=" + strconv.Itoa(w.view(w.routes[name]).Weight)
	}
	return text
}

// restored says what differs from what the user wrote; empty: nothing.
func (w *world) restored() string {
	for _, name := range slices.Sorted(maps.Keys(w.routes)) {
		r := w.routes[name]
		switch {
		case r.managed:
			return "VirtualService " + name + " is left"
		case written(r.object) != r.user:
			return "VirtualService " + name + " is " + written(r.object) + ", not " + r.user
		case r.runBy != "":
			return "VirtualService " + name + " has a mark"
		}
	}
	if w.ourPolicy != nil {
		return "a DestinationRule is left"
	}
	if svc := w.services[app]; svc != nil && (svc.runBy != "" || len(svc.selector) != 1) {
		return "Service " + app + " is pinned or marked"
	}
	return ""
}
