package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/pkg/analysis/rules"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// alert looks at a rule that a Deployment names.
func (m *manifests) alert(d object, ref spec.AlertRef, find func(Finding)) {
	found, elsewhere := m.lookUp(ref.Name, d.namespace)
	if len(found) == 0 {
		find(Finding{
			Check: CheckAlert, Level: LevelProblem, Name: ref.Name, Why: "no such alert rule among the files" + m.others(),
			Mend: "add the file that it stands in; a rule that Prometheus has loaded works in the cluster as well",
		})
		return
	}
	if len(found) > 1 {
		find(Finding{Check: CheckAlert, Level: LevelNote, Name: ref.Name, Why: fmt.Sprintf("%d rules have this name; all of them are gates", len(found))})
	}
	for _, rule := range found {
		f := finding(compile(rule.Rule, ref.Global, m.recordings(), rules.Scope{Namespace: d.namespace, Deployment: d.name}))
		f.Check, f.Name, f.Rule = CheckAlert, ref.Name, rule.place()
		if f.Mode == rules.Refused {
			f.Level = LevelProblem
		}
		if elsewhere {
			f.Why += "; it is found in the cluster only if Prometheus has loaded it"
		}
		find(f)
	}
}

// placed is a rule with where it stands.
type placed struct {
	rules.Rule
	from ruleSource
}

// place is the object that a rule stands in, or the file.
func (p placed) place() string {
	if p.from.label != "" {
		return p.from.label
	}
	return p.from.source
}

// lookUp finds the rules of a name: in the objects of a namespace, or else anywhere. Rules that say the same count once.
func (m *manifests) lookUp(name, namespace string) (found []placed, elsewhere bool) {
	for _, s := range m.sources {
		if s.namespace == namespace {
			found = s.named(name, found)
		}
	}
	if len(found) > 0 {
		return found, false
	}
	for _, s := range m.sources {
		found = s.named(name, found)
	}
	return found, true
}

func (s ruleSource) named(name string, found []placed) []placed {
	for _, rule := range s.set.Alerts {
		same := func(p placed) bool {
			return p.Expr == rule.Expr && p.For == rule.For && p.Labels["severity"] == rule.Labels["severity"]
		}
		if rule.Name == name && !slices.ContainsFunc(found, same) {
			found = append(found, placed{Rule: rule, from: s})
		}
	}
	return found
}

// others names the rules that there are instead.
func (m *manifests) others() string {
	var names []string
	for _, s := range m.sources {
		for _, rule := range s.set.Alerts {
			names = append(names, rule.Name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	const enough = 8
	switch {
	case len(names) == 0:
		return "; there is none at all"
	case len(names) > enough:
		return fmt.Sprintf("; there are %s and %d more", strings.Join(names[:enough], ", "), len(names)-enough)
	default:
		return "; there are " + strings.Join(names, ", ")
	}
}

func (m *manifests) recordings() []rules.Recording {
	var all []rules.Recording
	for _, s := range m.sources {
		all = append(all, s.set.Recordings...)
	}
	return all
}

func compile(rule rules.Rule, global bool, recordings []rules.Recording, scope rules.Scope) rules.Compiled {
	if global {
		return rules.CompileGlobal(rule)
	}
	return rules.Compile(rule, recordings, scope)
}

func finding(c rules.Compiled) Finding {
	return Finding{Level: LevelOK, Mode: c.Mode, Why: c.Why, Mend: c.Mend}
}

// unnamed tries the rules that no Deployment names on one that is not there, so that one can ask whether a rule would do.
func (m *manifests) unnamed(named map[string]bool, options Options) {
	for _, s := range m.sources {
		scope := rules.Scope{Namespace: options.Namespace, Deployment: options.Deployment}
		if s.namespace != "" {
			scope.Namespace = s.namespace
		}
		for _, rule := range s.set.Alerts {
			if named[rule.Name] {
				continue
			}
			f := finding(rules.Compile(rule, m.recordings(), scope))
			f.Check, f.Object, f.Source, f.Name = CheckRule, placed{from: s}.place(), s.source, rule.Name
			if f.Mode == rules.Refused {
				f.Level = LevelNote
			}
			m.findings = append(m.findings, f)
		}
	}
}
