package lint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// hooks looks at the CronJobs that the hooks of a Deployment name. What it calls a problem keeps the controller from starting a run, which
// says it in the same words.
func (m *manifests) hooks(d object, s spec.Spec, find func(Finding)) {
	for _, hook := range []spec.Hook{spec.HookBefore, spec.HookVerify, spec.HookAfter} {
		name := s.Hooks[hook]
		if name == "" {
			continue
		}
		f := Finding{Check: CheckHook, Level: LevelOK, Name: spec.Prefix + string(hook)}
		i := slices.IndexFunc(m.cronJobs, func(o object) bool { return o.namespace == d.namespace && o.name == name })
		if i < 0 {
			f.Level = LevelNote
			f.Why = fmt.Sprintf("CronJob %q is not among the files; the cluster's are not looked at, and no run starts without it", name)
			f.Mend = "a CronJob of this name in namespace " + d.namespace + ", suspended"
			find(f)
			continue
		}
		cronJob := m.cronJobs[i]
		if problem := m.unusable(d, cronJob); problem != "" {
			f.Level, f.Why = LevelProblem, fmt.Sprintf("CronJob %q: %s", name, problem)
			find(f)
			continue
		}
		f.Why = fmt.Sprintf("a Job of CronJob %q is run %s", name, when(hook))
		find(f)
		if suspend, _ := nested(cronJob.content, "spec")["suspend"].(bool); !suspend {
			find(Finding{
				Check: CheckHook, Level: LevelNote, Name: f.Name,
				Why: fmt.Sprintf("CronJob %q is not suspended: its schedule makes Jobs as well", name), Mend: "spec.suspend: true",
			})
		}
	}
}

func when(hook spec.Hook) string {
	switch hook {
	case spec.HookBefore:
		return "before there is any pod of the new version"
	case spec.HookVerify:
		return "when the new version is ready, and nobody gets it yet"
	case spec.HookAfter:
		return "when the new version is the only one"
	}
	return ""
}

// unusable says why the controller makes no Job of a CronJob; empty: it does.
func (m *manifests) unusable(d, cronJob object) string {
	template, ok := nested(cronJob.content, "spec")["jobTemplate"].(map[string]any)
	if !ok {
		return "it has no spec.jobTemplate"
	}
	for _, field := range []string{"selector", "manualSelector"} {
		if _, there := nested(template, "spec")[field]; there {
			return "its spec.jobTemplate.spec has the field " + field + "; remove it, Kubernetes fills it in"
		}
	}
	pods, ok := podLabels(nested(template, "spec"))
	if !ok {
		return "the labels of its pod template can't be read"
	}
	const mend = "; give the pods of its spec.jobTemplate other labels"
	if selector(d).Matches(pods) {
		return fmt.Sprintf("the selector of Deployment %s matches its pods%s", d.name, mend)
	}
	own, _ := podLabels(nested(d.content, "spec"))
	for _, service := range m.services {
		if service.namespace == d.namespace && selects(service, own) && selects(service, pods) {
			return fmt.Sprintf("Service %s, which leads to Deployment %s, would send requests to its pods%s", service.name, d.name, mend)
		}
	}
	return ""
}

// podLabels are those of the pod template in a Deployment's or a Job's spec; false: they can't be read.
func podLabels(workload map[string]any) (labels.Set, bool) {
	set := labels.Set{}
	for name, value := range nested(workload, "template", "metadata", "labels") {
		text, ok := value.(string)
		if !ok {
			return nil, false
		}
		set[name] = text
	}
	return set, true
}

// selector is a Deployment's, with nothing in it for one that can't be read: the API server refuses that anyway.
func selector(d object) labels.Selector {
	text, err := json.Marshal(nested(d.content, "spec", "selector"))
	if err != nil {
		return labels.Nothing()
	}
	var parsed metav1.LabelSelector
	if err := json.Unmarshal(text, &parsed); err != nil {
		return labels.Nothing()
	}
	s, err := metav1.LabelSelectorAsSelector(&parsed)
	if err != nil || s.Empty() {
		return labels.Nothing()
	}
	return s
}

// selects says whether a Service leads to pods with these labels.
func selects(service object, pods labels.Set) bool {
	wanted := nested(service.content, "spec", "selector")
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if value, there := pods[name]; !there || wanted[name] != any(value) {
			return false
		}
	}
	return len(wanted) > 0
}
