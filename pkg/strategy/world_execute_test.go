package strategy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// errStale is what the server answers to a write that was decided on another state.
var errStale = errors.New("conflict")

// pass carries out one Decision: every write names the resourceVersion it was decided on, or what an earlier write of this pass
// has made of it.
type worldPass struct {
	*world
	versions map[string]string
}

// execute carries out actions in order and stops at the first error, as the controller does.
func (w *world) execute(_ strategy.Observed, d strategy.Decision) bool {
	p := &worldPass{world: w, versions: map[string]string{}}
	for _, action := range d.Actions {
		if w.between != nil {
			w.between(action)
		}
		err := errors.New("refused")
		if w.refused == nil || !w.refused(action) {
			if w.laws != nil {
				w.laws.before(w, action)
			}
			err = p.act(action)
		}
		w.trace = append(w.trace, fmt.Sprintf("%s %s %s", w.now.Format(time.TimeOnly), brief(action), word(err)))
		if err == nil {
			w.obeyLaws(fmt.Sprintf("%T", action))
			continue
		}
		if w.crashing {
			w.crashing = false
			w.crash()
			return false
		}
		if write, ok := action.(strategy.WriteRecord); ok && write.BestEffort && !errors.Is(err, errStale) {
			continue
		}
		return false
	}
	if w.laws != nil {
		w.laws.afterPass(w)
	}
	return true
}

// check compares an object's resourceVersion with the one decided on.
func (p *worldPass) check(object, decided, present string) error {
	if own, ok := p.versions[object+"@"+decided]; ok {
		decided = own
	}
	if decided != present {
		return fmt.Errorf("%w: %s is at %q, decided at %q", errStale, object, present, decided)
	}
	return nil
}

// wrote gives an object its next resourceVersion.
func (p *worldPass) wrote(object, decided string, rv *string) {
	*rv = p.rv()
	p.versions[object+"@"+decided] = *rv
}

func (p *worldPass) act(action strategy.Action) error {
	switch a := action.(type) {
	case strategy.WriteRecord:
		return p.writeRecord(a)
	case strategy.SetBrake:
		return p.deployment(a.ResourceVersion, func() { p.dep.paused = a.Paused })
	case strategy.SetConditions:
		return p.deployment(a.ResourceVersion, func() { p.conditions(a.Conditions) })
	case strategy.Pin:
		return p.pin(a)
	case strategy.EnsureCanaryService:
		return p.canaryService(a)
	case strategy.CreateCanary:
		return p.createCanary(a)
	case strategy.Capture:
		return p.replicaSet(a.Name, a.ResourceVersion, func(s *worldSet) error {
			if p.recordUID == "" {
				return errors.New("no record")
			}
			s.controller = p.recordUID
			return nil
		})
	case strategy.HandOver:
		return p.replicaSet(a.Name, a.ResourceVersion, func(s *worldSet) error {
			s.controller, s.desired, s.highest = depUID, a.Replicas, a.MaxReplicas
			return nil
		})
	case strategy.Scale:
		return p.replicaSet(a.Name, a.ResourceVersion, func(s *worldSet) error { s.replicas = a.Replicas; return nil })
	case strategy.DeleteReplicaSet:
		return p.replicaSet(a.Name, a.ResourceVersion, func(s *worldSet) error { p.deleteSet(s.name); return nil })
	case strategy.SetWeight, strategy.RestoreRoute, strategy.CreateRoute, strategy.DeleteRoute:
		return p.changeRoute(a)
	case strategy.EnsurePolicy:
		return p.policy(a.ResourceVersion, &worldPolicy{policy: p.userPolicy})
	case strategy.DeletePolicy:
		return p.policy(a.ResourceVersion, nil)
	case strategy.CreateJob:
		return p.makeJob(a)
	case strategy.DeleteJob:
		return p.deleteJob(a)
	case strategy.DeleteService:
		svc := p.services[a.Name]
		if svc == nil {
			return errStale
		}
		if err := p.check("service/"+a.Name, a.ResourceVersion, svc.rv); err != nil {
			return err
		}
		delete(p.services, a.Name)
		p.rv()
		return nil
	case strategy.Forget:
		for _, name := range a.Services {
			delete(p.services, name)
		}
		p.loseRecord()
		return nil
	case strategy.Emit:
		p.events = append(p.events, string(a.Reason))
		return nil
	}
	return fmt.Errorf("unknown action %T", action)
}

func (p *worldPass) writeRecord(a strategy.WriteRecord) error {
	if p.dep == nil {
		return errStale
	}
	if err := p.check("record", a.Record.ResourceVersion, p.recordRV); err != nil {
		return err
	}
	text, err := json.Marshal(a.Record)
	if err != nil {
		return err
	}
	p.record = text
	if p.recordUID == "" {
		p.recordAt++
		p.recordUID = "record-" + strconv.Itoa(p.recordAt)
	}
	p.wrote("record", a.Record.ResourceVersion, &p.recordRV)
	return nil
}

func (p *worldPass) deployment(decided string, change func()) error {
	if p.dep == nil {
		return errStale
	}
	if err := p.check("deployment", decided, p.dep.rv); err != nil {
		return err
	}
	change()
	p.wrote("deployment", decided, &p.dep.rv)
	return nil
}

func (p *worldPass) conditions(conditions []strategy.Condition) {
	for _, c := range conditions {
		p.dep.conditions = slices.DeleteFunc(p.dep.conditions, func(old strategy.Condition) bool { return old.Type == c.Type })
		if c.Status != "" {
			p.dep.conditions = append(p.dep.conditions, c)
		}
	}
}

func (p *worldPass) pin(a strategy.Pin) error {
	svc := p.services[a.Service]
	if svc == nil {
		return errStale
	}
	if err := p.check("service/"+a.Service, a.ResourceVersion, svc.rv); err != nil {
		return err
	}
	svc.selector, svc.runBy = traffic.Unpin(svc.selector), ""
	if a.Hash != "" {
		svc.selector, svc.runBy = traffic.Pin(svc.selector, a.Hash), app
	}
	p.wrote("service/"+a.Service, a.ResourceVersion, &svc.rv)
	return nil
}

func (p *worldPass) canaryService(a strategy.EnsureCanaryService) error {
	user, svc := p.services[a.Service], p.services[a.Name]
	if user == nil || p.dep == nil {
		return errStale
	}
	if svc == nil {
		svc = &worldService{name: a.Name, managed: true}
	}
	if err := p.check("service/"+a.Name, a.ResourceVersion, svc.rv); err != nil {
		return err
	}
	svc.selector, svc.ports = traffic.Pin(user.selector, a.Hash), user.ports
	p.services[a.Name] = svc
	p.wrote("service/"+a.Name, a.ResourceVersion, &svc.rv)
	return nil
}

func (p *worldPass) policy(decided string, next *worldPolicy) error {
	present := ""
	if p.ourPolicy != nil {
		present = p.ourPolicy.rv
	}
	if err := p.check("policy", decided, present); err != nil {
		return err
	}
	p.ourPolicy = next
	rv := ""
	p.wrote("policy", decided, &rv)
	if next != nil {
		next.rv = rv
	}
	return nil
}

func (p *worldPass) createCanary(a strategy.CreateCanary) error {
	if p.dep == nil || p.dep.template != a.Template || p.set(a.Name) != nil || p.recordUID == "" {
		return errStale
	}
	p.sets = append(p.sets, &worldSet{
		name: a.Name, uid: "uid-" + strconv.Itoa(p.version), rv: p.rv(), hash: a.Hash, template: a.Template, controller: p.recordUID,
		replicas: a.Replicas, created: p.now,
	})
	return nil
}

func (p *worldPass) replicaSet(name, decided string, change func(*worldSet) error) error {
	s := p.set(name)
	if s == nil || p.dep == nil {
		return errStale
	}
	if err := p.check("replicaset/"+name, decided, s.rv); err != nil {
		return err
	}
	if err := change(s); err != nil {
		return err
	}
	p.wrote("replicaset/"+name, decided, &s.rv)
	return nil
}

func (p *worldPass) changeRoute(action strategy.Action) error {
	if a, ok := action.(strategy.CreateRoute); ok {
		if p.routes[a.Route.Name] != nil {
			return errStale
		}
		object, err := traffic.Split(traffic.New(a.Target, a.Route.Name), a.Target, a.Share)
		if err != nil {
			return err
		}
		p.routes[a.Route.Name] = &worldRoute{name: a.Route.Name, rv: p.rv(), runBy: app, managed: true, object: object}
		return nil
	}
	key, decided := routeOf(action)
	r := p.routes[key]
	if r == nil {
		return errStale
	}
	if err := p.check("route/"+key, decided, r.rv); err != nil {
		return err
	}
	switch a := any(action).(type) {
	case strategy.SetWeight:
		object, err := traffic.Split(r.object, a.Target, a.Share, a.Only...)
		if err != nil {
			return err
		}
		r.object, r.runBy = object, app
	case strategy.RestoreRoute:
		r.object, r.runBy = traffic.Restore(r.object, a.Target), ""
	case strategy.DeleteRoute:
		delete(p.routes, key)
	}
	p.wrote("route/"+key, decided, &r.rv)
	return nil
}

func routeOf(action strategy.Action) (name, version string) {
	switch a := any(action).(type) {
	case strategy.SetWeight:
		return a.Route.Name, a.ResourceVersion
	case strategy.RestoreRoute:
		return a.Route.Name, a.ResourceVersion
	case strategy.DeleteRoute:
		return a.Route.Name, a.ResourceVersion
	}
	return "", ""
}

func word(err error) string {
	if err == nil {
		return ""
	}
	return "-> " + err.Error()
}

// brief is an action in one line.
func brief(action strategy.Action) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", action), "strategy.")
	switch a := any(action).(type) {
	case strategy.WriteRecord:
		if run := a.Record.Run; run != nil {
			return fmt.Sprintf("WriteRecord run=%d %s step=%d weight=%d", run.Number, run.Phase, run.Step+1, run.Weight)
		}
		return "WriteRecord stable=" + a.Record.Stable.Name
	case strategy.SetBrake:
		return fmt.Sprintf("SetBrake %t", a.Paused)
	case strategy.Pin:
		return fmt.Sprintf("Pin %s %q", a.Service, a.Hash)
	case strategy.EnsureCanaryService:
		return fmt.Sprintf("EnsureCanaryService %s %q", a.Name, a.Hash)
	case strategy.CreateCanary:
		return fmt.Sprintf("CreateCanary %s replicas=%d", a.Name, a.Replicas)
	case strategy.Capture:
		return "Capture " + a.Name
	case strategy.HandOver:
		return fmt.Sprintf("HandOver %s replicas=%d max=%d", a.Name, a.Replicas, a.MaxReplicas)
	case strategy.Scale:
		return fmt.Sprintf("Scale %s replicas=%d", a.Name, a.Replicas)
	case strategy.DeleteReplicaSet:
		return "DeleteReplicaSet " + a.Name
	case strategy.SetWeight:
		return fmt.Sprintf("SetWeight %s %d", a.Route.Name, a.Share.Weight)
	case strategy.RestoreRoute:
		return "RestoreRoute " + a.Route.Name
	case strategy.CreateRoute:
		return fmt.Sprintf("CreateRoute %s %d", a.Route.Name, a.Share.Weight)
	case strategy.DeleteRoute:
		return "DeleteRoute " + a.Route.Name
	case strategy.SetConditions:
		text := "SetConditions"
		for _, c := range a.Conditions {
			text += fmt.Sprintf(" %s=%s/%s", strings.TrimPrefix(c.Type, spec.Prefix), c.Status, c.Reason)
		}
		return text
	case strategy.CreateJob:
		return "CreateJob " + a.Name
	case strategy.Emit:
		return fmt.Sprintf("Emit %s", a.Reason)
	case strategy.Forget:
		return fmt.Sprintf("Forget %v", a.Services)
	}
	return name
}
