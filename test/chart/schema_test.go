package chart

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/chart/helm"
	"github.com/sluice-dev/sluice/test/chart/values"
)

func TestWrongValuesAreRefused(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct{ values, want string }{
		"a value that isn't there":           {`replicas: 3`, `additional properties 'replicas' not allowed`},
		"one that isn't there, deeper":       {`prometheus: {url: "http://p"}`, `at '/prometheus': additional properties 'url' not allowed`},
		"a typing error in a probe":          {`livenessProbe: {periodSecond: 3}`, `at '/livenessProbe': additional properties 'periodSecond' not allowed`},
		"a text for a number":                {`replicaCount: two`, `at '/replicaCount': got string, want integer`},
		"no replica":                         {`replicaCount: 0`, `at '/replicaCount': minimum: got 0, want 1`},
		"half a worker":                      {`workers: 1.5`, `at '/workers': got number, want integer`},
		"a text for a switch":                {`web: {enabled: "yes"}`, `at '/web/enabled': got string, want boolean`},
		"a list for a text":                  {`logLevel: [info]`, `at '/logLevel': value must be one of 'debug', 'info', 'warn', 'error'`},
		"a level that is none":               {`logLevel: trace`, `at '/logLevel': value must be one of 'debug', 'info', 'warn', 'error'`},
		"a format that is none":              {`logFormat: text`, `at '/logFormat': value must be one of 'json', 'console'`},
		"a brake that is none":               {`brake: {mode: webhook}`, `at '/brake/mode': value must be one of 'auto', 'admission', 'paused'`},
		"a duration without a unit":          {`settle: 12`, `at '/settle': got number, want string`},
		"a duration in words":                {`drain: "30 seconds"`, `at '/drain': '30 seconds' does not match pattern`},
		"a duration in days, which Go lacks": {`interval: 1d`, `at '/interval': '1d' does not match pattern`},
		"a negative duration":                {`scrapeInterval: -15s`, `at '/scrapeInterval': '-15s' does not match pattern`},
		"a lease that is too short":          {`leaderElection: {leaseDuration: 2s}`, `at '/leaderElection/leaseDuration': '2s' does not match pattern`},
		"an address without a scheme":        {`prometheus: {address: "prometheus:9090"}`, `at '/prometheus/address': 'prometheus:9090' does not match pattern`},
		"an address that is a file":          {`prometheus: {address: "file:///etc/passwd"}`, `at '/prometheus/address': 'file:///etc/passwd' does not match pattern`},
		"an address with a password":         {`prometheus: {address: "http://u:p@prometheus:9090"}`, `at '/prometheus/address'`},
		"a receiver with a password":         {`webhook: {url: "https://u:p@hooks.example/x"}`, `at '/webhook/url'`},
		"an event that is none":              {`webhook: {url: "http://w/", reasons: [Everything]}`, `at '/webhook/reasons/0': value must be one of 'AbortedByCommand'`},
		"a port that needs privileges":       {`web: {port: 80}`, `at '/web/port': minimum: got 80, want 1,024`},
		"a port that is none":                {`metrics: {port: 70000}`, `at '/metrics/port': maximum: got 70,000, want 65,535`},
		"a digest that is cut off":           {`image: {digest: "sha256:abc"}`, `at '/image/digest': 'sha256:abc' does not match pattern`},
		"a tag with a repository":            {`image: {tag: "sluice:v1"}`, `at '/image/tag': 'sluice:v1' does not match pattern`},
		"a tag that YAML makes a number":     {`image: {tag: 1.0}`, `at '/image/tag': got number, want string`},
		"a registry with a path":             {`image: {registry: "https://ghcr.io"}`, `at '/image/registry': 'https://ghcr.io' does not match pattern`},
		"a pull policy that is none":         {`image: {pullPolicy: Sometimes}`, `at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'`},
		"pull secrets by their names alone":  {`imagePullSecrets: [registry]`, `at '/imagePullSecrets/0': got string, want object`},
		"namespaces in one text":             {`namespaces: "shop,pay"`, `at '/namespaces': got string, want array`},
		"a namespace that is none":           {`namespaces: [Shop_1]`, `at '/namespaces/0': 'Shop_1' does not match pattern`},
		"a namespace twice":                  {`namespaces: [shop, shop]`, `at '/namespaces': items at 0 and 1 are equal`},
		"a surge of more than all":           {`strategy: {maxSurge: 250%}`, `at '/strategy/maxSurge': '250%' does not match pattern`},
		"a label that is none":               {`commonLabels: {team: "a b"}`, `at '/commonLabels/team': 'a b' does not match pattern`},
		"an annotation that is a number":     {`podAnnotations: {x: 1}`, `at '/podAnnotations/x': got number, want string`},
		"a flag that is none":                {`extraArgs: ["workers=3"]`, `at '/extraArgs/0': 'workers=3' does not match pattern`},
		"a quantity that is none":            {`resources: {limits: {memory: lots}}`, `at '/resources/limits/memory': 'lots' does not match pattern`},
		"a kind of store that is none":       {`prometheus: {externalSecret: {secretStoreRef: {kind: Vault}}}`, `value must be one of 'SecretStore', 'ClusterSecretStore'`},
		"a peer that is a namespace's name":  {`networkPolicy: {webFrom: [monitoring]}`, `at '/networkPolicy/webFrom/0': got string, want object`},
		"a peer that is everybody":           {`networkPolicy: {webFrom: [{}]}`, `at '/networkPolicy/webFrom/0': minProperties: got 0, want 1`},
		"an uninstallation of two units":     {`uninstall: {timeout: 1m30s}`, `at '/uninstall/timeout': '1m30s' does not match pattern`},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			refused(t, helm.Four(root), c.values, c.want)
		})
	}
}

func TestHelm3RefusesToo(t *testing.T) {
	t.Parallel()
	refused(t, helm.Three(root), `replicas: 3`, `additional properties 'replicas' not allowed`)
	refused(t, helm.Three(root), `webhook: {url: "http://w/", urlSecret: {name: s}}`, `webhook.url and webhook.urlSecret.name are both set`)
}

func TestValuesThatMakeNoSenseTogetherAreRefused(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		values, want string
		args         []string
	}{
		"two receivers":         {`webhook: {url: "http://w/", urlSecret: {name: s}}`, "webhook.url and webhook.urlSecret.name are both set; want one of them", nil},
		"a receiver that isn't": {`webhook: {reasons: [Promoted]}`, "neither webhook.url nor webhook.urlSecret.name says where to", nil},
		"a token for nobody":    {`prometheus: {tokenSecret: {name: s}}`, "prometheus.address doesn't say what for", nil},
		"a vault without a key": {
			`prometheus: {address: "http://p", externalSecret: {enabled: true, secretStoreRef: {name: vault}}}`,
			"prometheus.externalSecret.enabled needs secretStoreRef.name and remoteRef.key", nil,
		},
		"two servers on one port":        {`{web: {enabled: true, port: 9000}, metrics: {port: 9000}}`, "web.port and metrics.port are both 9000; want two ports", nil},
		"a token for no page":            {`web: {tokenSecret: {name: s}}`, "web.tokenSecret.name is set, but web.enabled isn't", nil},
		"nobody's account":               {`serviceAccount: {create: false}`, "serviceAccount.name must say which account is the controller's", nil},
		"a rollout that never begins":    {`strategy: {maxSurge: 0%}`, "strategy.maxSurge and strategy.maxUnavailable are both 0", nil},
		"an interval of nothing":         {`interval: 0s`, "interval is 0s; want more than 0", nil},
		"a delivery in no time":          {`webhook: {url: "http://w/", timeout: 0m0s}`, "webhook.timeout is 0m0s; want more than 0", nil},
		"a label of the chart's own":     {`commonLabels: {app.kubernetes.io/name: x}`, "commonLabels: the label app.kubernetes.io/name is the chart's own", nil},
		"one of them on pods":            {`podLabels: {app.kubernetes.io/component: x}`, "podLabels: the label app.kubernetes.io/component is the chart's own", nil},
		"a brake that the cluster lacks": {`brake: {mode: admission}`, "the cluster serves no MutatingAdmissionPolicies", []string{"--kube-version=1.35.0"}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			refused(t, helm.Four(root), c.values, c.want, c.args...)
		})
	}
}

func refused(t *testing.T, h helm.Helm, values, want string, args ...string) {
	t.Helper()
	_, err := h.Template(t.Context(), values, append([]string{kubernetes}, args...)...)
	var failure *helm.Failure
	require.ErrorAs(t, err, &failure)
	assert.Contains(t, failure.Output, want)
}

// node is one of the schema.
type node struct {
	Description          string           `json:"description"`
	AdditionalProperties any              `json:"additionalProperties"`
	Properties           map[string]*node `json:"properties"`
	Items                *node            `json:"items"`
	Enum                 []string         `json:"enum"`
}

func TestTheSchemaAndTheValuesAreOfTheSameThings(t *testing.T) {
	t.Parallel()
	schema := readSchema(t)
	entries, err := values.Read(root)
	require.NoError(t, err)
	there := map[string]bool{}
	for _, e := range entries {
		there[e.Path] = true
		n, known := schema.find(strings.Split(e.Path, "."))
		require.True(t, known, "%s isn't in values.schema.json", e.Path)
		if n != nil && e.Comment != "" {
			assert.Equal(t, e.Comment, n.Description, "the description of %s in values.schema.json", e.Path)
		}
	}
	// What users may set though there is no default.
	parents := []string{"global", "enabled", "resources.claims", "resources.limits", "resources.requests"}
	schema.walk("", func(path string, n *node) {
		assert.True(t, there[path] || slices.Contains(parents, path), "%s isn't in values.yaml", path)
		if len(n.Properties) > 0 {
			assert.Equal(t, false, n.AdditionalProperties, "%s takes anything", path)
		}
	})
	assert.Equal(t, false, schema.AdditionalProperties)
}

func TestEveryValueIsCommented(t *testing.T) {
	t.Parallel()
	entries, err := values.Read(root)
	require.NoError(t, err)
	for _, e := range entries {
		if !values.Leaf(e) {
			continue
		}
		explained := slices.ContainsFunc(entries, func(o values.Entry) bool {
			return o.Comment != "" && !o.Section && (o.Path == e.Path || strings.HasPrefix(e.Path, o.Path+"."))
		})
		assert.True(t, explained, "values.yaml doesn't explain %s", e.Path)
	}
}

func TestReasonsAreThoseOfTheController(t *testing.T) {
	t.Parallel()
	var want []string
	for _, e := range spec.Events() {
		want = append(want, string(e.Reason))
	}
	slices.Sort(want)
	n, _ := readSchema(t).find([]string{"webhook", "reasons"})
	assert.Equal(t, slices.Compact(want), n.Items.Enum)
}

func readSchema(t *testing.T) *node {
	t.Helper()
	var schema node
	require.NoError(t, json.Unmarshal([]byte(read(t, filepath.Join(root, "charts", "sluice", "values.schema.json"))), &schema))
	return &schema
}

// find is nil for what lies within an object whose keys are the user's.
func (n *node) find(path []string) (*node, bool) {
	for i := range path {
		next, is := n.Properties[path[i]]
		if !is {
			return nil, n.AdditionalProperties != false && len(n.Properties) == 0
		}
		n = next
	}
	return n, true
}

func (n *node) walk(path string, fn func(string, *node)) {
	for name, child := range n.Properties {
		below := strings.TrimPrefix(path+"."+name, ".")
		fn(below, child)
		child.walk(below, fn)
	}
}
