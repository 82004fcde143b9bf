package main

import (
	"fmt"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// customizationPrefix begins the keys of argocd-cm that are about resources.
const customizationPrefix = "resource.customizations."

// customizations reads the resource customizations of argocd-cm as Argo CD does
// (github.com/argoproj/argo-cd/v3 v3.6.1, util/settings/settings.go, appendResourceOverridesFromSplitKeys): keys of the form
// resource.customizations.<type>.<group>_<kind>. Types that Sluice gives no example of are refused.
func customizations(settings map[string]string) (map[string]v1alpha1.ResourceOverride, error) {
	overrides := map[string]v1alpha1.ResourceOverride{}
	for key, value := range settings {
		kind, object, found := strings.Cut(strings.TrimPrefix(key, customizationPrefix), ".")
		if !strings.HasPrefix(key, customizationPrefix) || !found {
			continue
		}
		group, name, found := strings.Cut(object, "_")
		if !found {
			group, name = "", object
		} else {
			group += "/"
		}
		o := overrides[group+name]
		var err error
		switch kind {
		case "health":
			o.HealthLua = value
		case "useOpenLibs":
			o.UseOpenLibs, err = strconv.ParseBool(value)
		case "actions":
			o.Actions = value
		case "ignoreDifferences":
			err = yaml.Unmarshal([]byte(value), &o.IgnoreDifferences)
		default:
			err = fmt.Errorf("%q is not known here", kind)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		overrides[group+name] = o
	}
	return overrides, nil
}
