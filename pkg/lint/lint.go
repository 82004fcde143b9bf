package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Options are what the files don't say.
type Options struct {
	// Namespace is that of objects that name none.
	Namespace string
	// Deployment is the name of the Deployment that a rule is tried on if none names it.
	Deployment string
}

// Lint looks at manifests.
func Lint(inputs []Input, options Options) Report {
	m := &manifests{fallback: options.Namespace}
	for _, input := range inputs {
		m.read(input)
	}
	named := map[string]bool{}
	for _, d := range m.deployments {
		m.deployment(d, named)
	}
	m.unnamed(named, options)
	report := Report{Version: Version, Findings: m.findings, Unread: m.unread}
	if report.Findings == nil {
		report.Findings = []Finding{} // a list in JSON, not null
	}
	if report.Unread == nil {
		report.Unread = []Unread{}
	}
	for i := range report.Findings {
		if report.Findings[i].Level == LevelProblem {
			report.Problems++
		}
	}
	return report
}

// deployment looks at a Deployment that has annotations of Sluice's.
func (m *manifests) deployment(d object, named map[string]bool) {
	find := func(f Finding) {
		f.Object, f.Source = d.String(), d.source
		m.findings = append(m.findings, f)
	}
	ours := map[string]string{}
	raw := nested(d.content, "metadata", "annotations")
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		if !strings.HasPrefix(name, spec.Prefix) {
			continue
		}
		value, isString := raw[name].(string)
		if !isString {
			find(Finding{Check: CheckAnnotation, Level: LevelProblem, Name: name, Why: "not a string", Mend: "the value in quotes"})
		}
		ours[name] = value
	}
	if len(ours) == 0 {
		return
	}
	s := spec.Parse(ours)
	for _, p := range s.Problems {
		if _, isString := raw[p.Annotation].(string); isString {
			find(Finding{Check: CheckAnnotation, Level: LevelProblem, Name: p.Annotation, Value: p.Value, Why: p.Wrong, Mend: p.Want})
		}
	}
	if !s.Managed {
		find(Finding{
			Check: CheckAnnotation, Level: LevelNote, Name: spec.AnnotationStrategy, Why: "missing: Sluice leaves this Deployment alone",
			Mend: `"` + string(spec.StrategyCanary) + `"`,
		})
	}
	m.service(d, s, find)
	if s.Managed {
		m.routes(d, s, find)
		m.hooks(d, s, find)
	}
	for _, ref := range s.Alerts {
		named[ref.Name] = true
		m.alert(d, ref, find)
	}
}

// service notes that the Service is not among the files. It may well be in the cluster.
func (m *manifests) service(d object, s spec.Spec, find func(Finding)) {
	if !s.Managed {
		return
	}
	pods, _ := podLabels(nested(d.content, "spec"))
	for _, service := range m.services {
		if service.namespace == d.namespace && (s.Service == "" || service.name == s.Service) && selects(service, pods) {
			return
		}
	}
	find(Finding{Check: CheckService, Level: LevelNote, Name: s.Service, Why: "no Service among the files selects its pods; the cluster's are not looked at"})
}
