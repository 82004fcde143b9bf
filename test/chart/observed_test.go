package chart

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func TestTheServiceMonitor(t *testing.T) {
	t.Parallel()
	endpoint := func(values string) map[string]any {
		all := objects(t, values)
		require.Contains(t, all, "ServiceMonitor sluice-controller")
		endpoints, _, err := unstructured.NestedSlice(all["ServiceMonitor sluice-controller"], "spec", "endpoints")
		require.NoError(t, err)
		require.Len(t, endpoints, 1)
		fields, _ := endpoints[0].(map[string]any)
		selector, _, err := unstructured.NestedStringMap(all["ServiceMonitor sluice-controller"], "spec", "selector", "matchLabels")
		require.NoError(t, err)
		assert.Subset(t, as[corev1.Service](t, all, "Service sluice-controller").Labels, selector)
		return fields
	}
	assert.Equal(t, map[string]any{"port": "http", "path": "/metrics", "honorLabels": true}, endpoint(`metrics: {serviceMonitor: {enabled: true}}`))
	assert.Equal(t, map[string]any{"type": "Bearer", "credentials": map[string]any{"name": "s", "key": "token"}},
		endpoint(`metrics: {tokenSecret: {name: s}, serviceMonitor: {enabled: true}}`)["authorization"])
}

func TestRulesAndDashboardsAreTheFiles(t *testing.T) {
	t.Parallel()
	all := objects(t, `{metrics: {prometheusRule: {enabled: true}}, dashboards: {enabled: true}}`)
	var rules map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(read(t, filepath.Join(root, "charts/sluice/rules/sluice.rules.yaml"))), &rules))
	assert.Equal(t, rules, all["PrometheusRule sluice-controller"]["spec"])

	files, err := filepath.Glob(filepath.Join(root, "charts/sluice/dashboards/*.json"))
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, path := range files {
		name := filepath.Base(path)
		id := "ConfigMap sluice-dashboard-" + name[:len(name)-len(".json")]
		board := as[corev1.ConfigMap](t, all, id)
		assert.Equal(t, "1", board.Labels["grafana_dashboard"])
		want := read(t, path)
		assert.True(t, want == board.Data["sluice-"+name], "%s isn't the file", id) //nolint:testifylint // a difference of dashboards is too long to read
	}
}

func TestTheExternalSecretIsWhatThePodMounts(t *testing.T) {
	t.Parallel()
	const vault = `externalSecret: {enabled: true, secretStoreRef: {name: vault}, remoteRef: {key: k}}`
	for says, c := range map[string]struct {
		values, name, version string
		args                  []string
	}{
		"a name of the chart's": {`prometheus: {address: "http://p", ` + vault + `}`, "sluice-prometheus", "v1", nil},
		"a name of one's own":   {`prometheus: {address: "http://p", tokenSecret: {name: mine}, ` + vault + `}`, "mine", "v1", nil},
		"an older operator": {
			`prometheus: {address: "http://p", ` + vault + `}`, "sluice-prometheus", "v1beta1", []string{"--api-versions=external-secrets.io/v1beta1"},
		},
	} {
		all := objects(t, c.values, c.args...)
		o := all["ExternalSecret "+c.name]
		require.NotNil(t, o, says)
		assert.Equal(t, "external-secrets.io/"+c.version, o["apiVersion"], says)
		target, _, _ := unstructured.NestedString(o, "spec", "target", "name")
		assert.Equal(t, c.name, target, says)
		volumes := pods(t, all)["Deployment sluice-controller"].Volumes
		require.Len(t, volumes, 1, says)
		assert.Equal(t, c.name, volumes[0].Secret.SecretName, says)
	}
}
