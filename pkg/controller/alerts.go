package controller

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// alertBook finds the alert rules that Deployments name and keeps them compiled. A rule is looked for in the PrometheusRules of the
// Deployment's namespace, then in its labelled ConfigMaps, then among those that Prometheus has loaded.
type alertBook struct {
	caches *caches
	loaded *loadedRules

	mu       sync.Mutex
	compiled map[strategy.Key]compiledAlerts
}

// compiledAlerts are the gates of one Deployment, and what they were made from.
type compiledAlerts struct {
	from    string
	alerts  []analysis.Alert
	problem string
}

func newAlertBook(c *caches, loaded *loadedRules) *alertBook {
	return &alertBook{caches: c, loaded: loaded, compiled: map[strategy.Key]compiledAlerts{}}
}

// of are the gates that a Spec names, and why some of them can't be; the problem is empty if all can.
func (b *alertBook) of(key strategy.Key, s spec.Spec) ([]analysis.Alert, string) {
	if len(s.Alerts) == 0 {
		b.forget(key)
		return nil, ""
	}
	shelves := b.shelves(key.Namespace)
	from := fmt.Sprint(s.Alerts)
	for i := range shelves {
		from += "\n" + shelves[i].version
	}
	b.mu.Lock()
	known, ok := b.compiled[key]
	b.mu.Unlock()
	if ok && known.from == from {
		return known.alerts, known.problem
	}
	fresh := compileAlerts(key, s, shelves)
	fresh.from = from
	b.mu.Lock()
	b.compiled[key] = fresh
	b.mu.Unlock()
	return fresh.alerts, fresh.problem
}

func (b *alertBook) forget(key strategy.Key) {
	b.mu.Lock()
	delete(b.compiled, key)
	b.mu.Unlock()
}

// named are the Deployments that name rules.
func (b *alertBook) named() []strategy.Key {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys := make([]strategy.Key, 0, len(b.compiled))
	for key := range b.compiled {
		keys = append(keys, key)
	}
	return keys
}

// alertRulesLoaded concerns all Deployments that name rules.
func (c *Controller) alertRulesLoaded() {
	for _, key := range c.alerts.named() {
		c.queue.Add(key)
	}
}

// shelf is one place where rules are found.
type shelf struct {
	name    string
	version string
	set     rules.Set
	// trouble is what could not be read there.
	trouble string
	// shared is a place that others use as well: a rule of theirs may have the same name.
	shared bool
}

// shelves are the places for a namespace, in the order in which they are searched.
func (b *alertBook) shelves(namespace string) []shelf {
	objects := shelfOf("the PrometheusRules of namespace "+namespace, b.caches.prometheusRules.list(indexNamespace, namespace, inNamespaceOf(namespace)))
	maps := shelfOf("its ConfigMaps with the label "+spec.LabelRules, b.caches.ruleMaps.list(indexNamespace, namespace, inNamespaceOf(namespace)))
	return []shelf{objects, maps, b.loaded.shelf()}
}

func inNamespaceOf(namespace string) func(*ruleSet) bool {
	return func(r *ruleSet) bool { return r.Namespace == namespace }
}

func shelfOf(name string, sets []*ruleSet) shelf {
	s := shelf{name: name}
	var troubles, versions []string
	for _, r := range sets {
		s.set.Alerts = append(s.set.Alerts, r.set.Alerts...)
		s.set.Recordings = append(s.set.Recordings, r.set.Recordings...)
		versions = append(versions, r.Name+"@"+r.ResourceVersion)
		if r.err != nil {
			troubles = append(troubles, fmt.Sprintf("%s: %v", r.Name, r.err))
		}
	}
	s.version, s.trouble = strings.Join(versions, ","), strings.Join(troubles, "; ")
	return s
}

// compileAlerts makes gates of the rules that a Spec names.
func compileAlerts(key strategy.Key, s spec.Spec, shelves []shelf) compiledAlerts {
	var out compiledAlerts
	var problems []string
	var recordings []rules.Recording
	for i := range shelves {
		recordings = append(recordings, shelves[i].set.Recordings...)
	}
	scope := rules.Scope{Namespace: key.Namespace, Deployment: key.Name}
	for _, ref := range s.Alerts {
		alerts, problem := compileAlert(ref, shelves, recordings, scope)
		out.alerts = append(out.alerts, alerts...)
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	out.problem = strings.Join(problems, "; ")
	return out
}

// compileAlert makes gates of all rules of a name: a team may have one that warns and one that pages under the same name.
func compileAlert(ref spec.AlertRef, shelves []shelf, recordings []rules.Recording, scope rules.Scope) ([]analysis.Alert, string) {
	var alerts []analysis.Alert
	var problems []string
	for i := range shelves {
		found := withName(shelves[i].set.Alerts, ref.Name)
		if len(found) == 0 {
			continue
		}
		for _, rule := range found {
			c := compileRule(ref, rule, recordings, scope)
			if c.Mode == rules.Refused {
				problems = append(problems, fmt.Sprintf("rule %q of %s: %s; %s", ref.Name, rule.Source, c.Why, c.Mend))
				continue
			}
			if len(alerts) > 0 {
				c.Alert.Name = fmt.Sprintf("%s#%d", ref.Name, len(alerts)+1)
			}
			alerts = append(alerts, c.Alert)
		}
		if shelves[i].shared && len(alerts) > 0 {
			problems = nil // those of other teams are no concern of this one
		}
		return alerts, strings.Join(problems, "; ")
	}
	return nil, missing(ref.Name, shelves)
}

func compileRule(ref spec.AlertRef, rule rules.Rule, recordings []rules.Recording, scope rules.Scope) rules.Compiled {
	if ref.Global {
		return rules.CompileGlobal(rule)
	}
	return rules.Compile(rule, recordings, scope)
}

// withName are the rules of a name, each once: a rule file that is loaded twice has no more to say.
func withName(all []rules.Rule, name string) []rules.Rule {
	var found []rules.Rule
	for _, rule := range all {
		same := func(r rules.Rule) bool {
			return r.Expr == rule.Expr && r.For == rule.For && r.Labels["severity"] == rule.Labels["severity"]
		}
		if rule.Name == name && !slices.ContainsFunc(found, same) {
			found = append(found, rule)
		}
	}
	return found
}

// missing says where a rule was looked for, and what there is instead.
func missing(name string, shelves []shelf) string {
	var places, names, troubles []string
	for i := range shelves {
		places = append(places, shelves[i].name)
		for _, rule := range shelves[i].set.Alerts {
			if !slices.Contains(names, rule.Name) {
				names = append(names, rule.Name)
			}
		}
		if shelves[i].trouble != "" {
			troubles = append(troubles, shelves[i].trouble)
		}
	}
	text := fmt.Sprintf("there is no alert rule %q in %s", name, strings.Join(places, ", "))
	const most = 8
	slices.Sort(names)
	switch {
	case len(names) > most:
		text += fmt.Sprintf("; there are %s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	case len(names) > 0:
		text += "; there are " + strings.Join(names, ", ")
	}
	if len(troubles) > 0 {
		text += "; not read: " + strings.Join(troubles, "; ")
	}
	return text
}
