package controller

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

// ruleSet is what a PrometheusRule, or a ConfigMap with rule files, defines.
type ruleSet struct {
	metav1.ObjectMeta
	set rules.Set
	// err is what could not be read of it; nil: nothing.
	err error
}

// A ruleSet that can't be read is kept with its error: whoever looks for a rule in vain is told.

func asPrometheusRule(u *unstructured.Unstructured) (*ruleSet, error) {
	set, err := rules.FromPrometheusRule(u.Object, "PrometheusRule "+u.GetName())
	return &ruleSet{ObjectMeta: meta(u), set: set, err: err}, nil
}

func asRuleMap(u *unstructured.Unstructured) (*ruleSet, error) {
	data, _, err := unstructured.NestedStringMap(u.Object, "data")
	if err != nil {
		return nil, fmt.Errorf("configmap %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	all := &ruleSet{ObjectMeta: meta(u)}
	for _, name := range slices.Sorted(maps.Keys(data)) {
		set, err := rules.ParseFile([]byte(data[name]), "ConfigMap "+u.GetName()+", "+name)
		all.set.Alerts = append(all.set.Alerts, set.Alerts...)
		all.set.Recordings = append(all.set.Recordings, set.Recordings...)
		all.err = errors.Join(all.err, err)
	}
	return all, nil
}
