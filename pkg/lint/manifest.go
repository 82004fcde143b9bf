package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/pkg/analysis/rules"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// object is a manifest of interest.
type object struct {
	source, kind, namespace, name string
	content                       map[string]any
}

// String is "Deployment shop/cart".
func (o object) String() string { return o.kind + " " + o.namespace + "/" + o.name }

// ruleSource is a manifest or file with rules.
type ruleSource struct {
	source string
	// label is "PrometheusRule shop/cart", or empty for a rule file; namespace is the object's.
	label, namespace string
	set              rules.Set
}

// manifests is what the inputs hold.
type manifests struct {
	// fallback is the namespace of objects that name none.
	fallback string

	deployments, services, cronJobs, virtualServices []object

	sources  []ruleSource
	findings []Finding
	unread   []Unread
}

func (m *manifests) read(input Input) {
	for i, document := range rules.Documents(input.Data) {
		var content any
		err := yaml.Unmarshal(document, &content)
		fields, isObject := content.(map[string]any)
		switch {
		case err != nil:
			m.unread = append(m.unread, Unread{Source: input.Source, Document: i + 1, Error: err.Error()})
		case content == nil:
		case !isObject:
			m.unread = append(m.unread, Unread{Source: input.Source, Document: i + 1, Error: "not an object"})
		default:
			m.add(fields, input.Source)
		}
	}
}

// add sorts one object in. Kinds that Sluice doesn't read are none of its business.
func (m *manifests) add(content map[string]any, source string) {
	kind, _ := content["kind"].(string)
	if items, ok := content["items"].([]any); ok && strings.HasSuffix(kind, "List") {
		for _, item := range items {
			if fields, ok := item.(map[string]any); ok {
				m.add(fields, source)
			}
		}
		return
	}
	if kind == "" && content["groups"] != nil {
		set, err := rules.FromPrometheusRule(map[string]any{"spec": content}, source)
		m.addRules(ruleSource{source: source, set: set}, err)
		return
	}
	metadata, _ := content["metadata"].(map[string]any)
	o := object{source: source, kind: kind, namespace: m.fallback, content: content}
	o.name, _ = metadata["name"].(string)
	if namespace, ok := metadata["namespace"].(string); ok && namespace != "" {
		o.namespace = namespace
	}
	m.sort(o)
}

// sort puts an object where its kind is looked for.
func (m *manifests) sort(o object) {
	switch o.kind {
	case "Deployment":
		m.deployments = append(m.deployments, o)
	case "Service":
		m.services = append(m.services, o)
	case "CronJob":
		m.cronJobs = append(m.cronJobs, o)
	case "VirtualService":
		m.virtualServices = append(m.virtualServices, o)
	case "PrometheusRule":
		set, err := rules.FromPrometheusRule(o.content, o.String())
		m.addRules(ruleSource{source: o.source, label: o.String(), namespace: o.namespace, set: set}, err)
	case "ConfigMap":
		if _, marked := nested(o.content, "metadata", "labels")[spec.LabelRules]; marked {
			m.addConfigMap(o)
		}
	}
}

func (m *manifests) addConfigMap(o object) {
	data, _ := o.content["data"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(data)) {
		text, _ := data[key].(string)
		label := fmt.Sprintf("%s, %s", o, key)
		set, err := rules.ParseFile([]byte(text), label)
		m.addRules(ruleSource{source: o.source, label: label, namespace: o.namespace, set: set}, err)
	}
}

func (m *manifests) addRules(s ruleSource, err error) {
	m.sources = append(m.sources, s)
	if err == nil {
		return
	}
	about := s.label
	if about == "" {
		about = s.source
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		m.findings = append(m.findings, Finding{
			Check: CheckManifest, Level: LevelProblem, Object: about, Source: s.source, Why: strings.TrimPrefix(line, about+": "),
		})
	}
}

// nested is the object at the end of a path.
func nested(content map[string]any, path ...string) map[string]any {
	for _, key := range path {
		content, _ = content[key].(map[string]any)
	}
	return content
}
