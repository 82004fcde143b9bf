package chart

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/test/chart/helm"
	"github.com/sluice-dev/sluice/test/chart/values"
)

// A flip is another value for one of values.yaml, and the values that it needs around it to matter.
type flip struct {
	value string // YAML; empty: the opposite of a boolean, or one more than a number
	among string // YAML: values to render with, both times
}

// What some values need around them.
const (
	withPrometheus = `prometheus: {address: "http://p:9090"}`
	withVault      = `prometheus: {address: "http://p:9090", externalSecret: {enabled: true, secretStoreRef: {name: vault}, remoteRef: {key: k}}}`
	withToken      = `prometheus: {address: "http://p:9090", tokenSecret: {name: s}}`
	withCA         = `prometheus: {address: "http://p:9090", caSecret: {name: s}}`
	withWeb        = `web: {enabled: true}`
	withWebToken   = `web: {enabled: true, tokenSecret: {name: s}}`
	withMonitor    = `metrics: {serviceMonitor: {enabled: true}}`
	withRule       = `metrics: {prometheusRule: {enabled: true}}`
	withBoards     = `dashboards: {enabled: true}`
	withWebhook    = `webhook: {url: "http://w/"}`
	withEgress     = `{networkPolicy: {egress: {restricted: true}}, prometheus: {address: "http://p:9090"}, webhook: {url: "http://w/"}}`
	aPeer          = `[{ipBlock: {cidr: 192.0.2.0/24}}]`
	aLabel         = `{example.com/x: "1"}`
)

// flips has an entry for every value that isn't a boolean or a number which matters by itself.
func flips() map[string]flip {
	return map[string]flip{
		"image.registry":               {value: "registry.example:5000"},
		"image.repository":             {value: "team/sluice"},
		"image.tag":                    {value: "v9.9.9"},
		"image.digest":                 {value: "sha256:" + strings.Repeat("a", 64)},
		"image.pullPolicy":             {value: "Always"},
		"imagePullSecrets":             {value: `[{name: registry}]`},
		"nameOverride":                 {value: "gate"},
		"fullnameOverride":             {value: "gate"},
		"commonLabels":                 {value: aLabel},
		"commonAnnotations":            {value: aLabel},
		"strategy.maxSurge":            {value: "1"},
		"strategy.maxUnavailable":      {value: "10%"},
		"leaderElection.leaseDuration": {value: "20s"},
		"namespaces":                   {value: "[shop]"},
		"routeNamespaces":              {value: "[mesh]"},
		"clusterDomain":                {value: "cluster.example"},
		"settle":                       {value: "0s"},
		"drain":                        {value: "1m30s"},
		"interval":                     {value: "5s"},
		"scrapeInterval":               {value: "30s"},
		"logLevel":                     {value: "debug"},
		"logFormat":                    {value: "console"},

		"prometheus.address":                            {value: "http://p:9090"},
		"prometheus.timeout":                            {value: "3s", among: withPrometheus},
		"prometheus.tokenSecret.name":                   {value: "s", among: withPrometheus},
		"prometheus.tokenSecret.key":                    {value: "k", among: withToken},
		"prometheus.caSecret.name":                      {value: "s", among: withPrometheus},
		"prometheus.caSecret.key":                       {value: "k", among: withCA},
		"prometheus.externalSecret.enabled":             {value: "false", among: withVault},
		"prometheus.externalSecret.refreshInterval":     {value: "5m", among: withVault},
		"prometheus.externalSecret.secretStoreRef.name": {value: "other", among: withVault},
		"prometheus.externalSecret.secretStoreRef.kind": {value: "SecretStore", among: withVault},
		"prometheus.externalSecret.remoteRef.key":       {value: "other", among: withVault},
		"prometheus.externalSecret.remoteRef.property":  {value: "token", among: withVault},
		"brake.mode":                               {value: "paused"},
		"web.port":                                 {among: withWeb},
		"web.tokenSecret.name":                     {value: "s", among: withWeb},
		"web.tokenSecret.key":                      {value: "k", among: withWebToken},
		"metrics.port":                             {value: "9090"},
		"metrics.tokenSecret.name":                 {value: "s"},
		"metrics.tokenSecret.key":                  {value: "k", among: `metrics: {tokenSecret: {name: s}}`},
		"metrics.serviceMonitor.interval":          {value: "15s", among: withMonitor},
		"metrics.serviceMonitor.scrapeTimeout":     {value: "15s", among: withMonitor},
		"metrics.serviceMonitor.labels":            {value: aLabel, among: withMonitor},
		"metrics.serviceMonitor.annotations":       {value: aLabel, among: withMonitor},
		"metrics.serviceMonitor.relabelings":       {value: `[{action: drop}]`, among: withMonitor},
		"metrics.serviceMonitor.metricRelabelings": {value: `[{action: drop}]`, among: withMonitor},
		"metrics.prometheusRule.namespace":         {value: "monitoring", among: withRule},
		"metrics.prometheusRule.labels":            {value: aLabel, among: withRule},
		"metrics.prometheusRule.annotations":       {value: aLabel, among: withRule},
		"dashboards.namespace":                     {value: "monitoring", among: withBoards},
		"dashboards.labels.grafana_dashboard":      {value: `"2"`, among: withBoards},
		"dashboards.annotations":                   {value: aLabel, among: withBoards},
		"webhook.url":                              {value: "http://w/"},
		"webhook.urlSecret.name":                   {value: "s"},
		"webhook.urlSecret.key":                    {value: "k", among: `webhook: {urlSecret: {name: s}}`},
		"webhook.signingSecret.name":               {value: "s", among: withWebhook},
		"webhook.signingSecret.key":                {value: "k", among: `webhook: {url: "http://w/", signingSecret: {name: s}}`},
		"webhook.caSecret.name":                    {value: "s", among: withWebhook},
		"webhook.caSecret.key":                     {value: "k", among: `webhook: {url: "http://w/", caSecret: {name: s}}`},
		"webhook.timeout":                          {value: "1s", among: withWebhook},
		"webhook.reasons":                          {value: "[GateFailed]", among: withWebhook},
		"serviceAccount.create":                    {value: "false", among: `serviceAccount: {name: x}`},
		"serviceAccount.name":                      {value: "x"},
		"serviceAccount.annotations":               {value: aLabel},
		"podDisruptionBudget.minAvailable":         {value: "50%"},
		"priorityClassName":                        {value: "system-cluster-critical"},
		"topologySpreadConstraints":                {value: "[]"},
		"nodeSelector.kubernetes.io/os":            {value: "windows"},
		"tolerations":                              {value: `[{operator: Exists}]`},
		"affinity":                                 {value: `{podAntiAffinity: {}}`},
		"resources.requests.cpu":                   {value: "1"},
		"resources.requests.memory":                {value: "1Gi"},
		"resources.limits.memory":                  {value: "1Gi"},
		"podSecurityContext.seccompProfile.type":   {value: "Unconfined"},
		"securityContext.capabilities.drop":        {value: "[NET_RAW]"},
		"podAnnotations":                           {value: aLabel},
		"podLabels":                                {value: aLabel},
		"networkPolicy.metricsFrom":                {value: aPeer},
		"networkPolicy.webFrom":                    {value: aPeer, among: withWeb},
		"networkPolicy.egress.dns.to":              {value: aPeer, among: withEgress},
		"networkPolicy.egress.dns.ports":           {value: "[5353]", among: withEgress},
		"networkPolicy.egress.apiServer.to":        {value: aPeer, among: withEgress},
		"networkPolicy.egress.apiServer.ports":     {value: "[8443]", among: withEgress},
		"networkPolicy.egress.prometheus.to":       {value: aPeer, among: withEgress},
		"networkPolicy.egress.prometheus.ports":    {value: "[1]", among: withEgress},
		"networkPolicy.egress.webhook.to":          {value: aPeer, among: withEgress},
		"networkPolicy.egress.webhook.ports":       {value: "[1]", among: withEgress},
		"networkPolicy.egress.extra":               {value: `[{to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]`, among: withEgress},
		"extraArgs":                                {value: "[--workers=1]"},
		"extraEnv":                                 {value: `[{name: A, value: b}]`},
		"extraVolumes":                             {value: `[{name: a, emptyDir: {}}]`},
		"extraVolumeMounts":                        {value: `[{name: a, mountPath: /a}]`},
		"uninstall.timeout":                        {value: "90s"},
	}
}

func TestEveryValueChangesTheRendering(t *testing.T) {
	t.Parallel()
	entries, err := values.Read(root)
	require.NoError(t, err)
	table, known := flips(), map[string]bool{}
	before := renderings{texts: map[string]string{}}
	for _, e := range entries {
		if !values.Leaf(e) {
			continue
		}
		known[e.Path] = true
		f, in := table[e.Path]
		t.Run(e.Path, func(t *testing.T) {
			t.Parallel()
			require.True(t, in || opposite(e.Value) != nil, "flips has no entry")
			around := parsed(t, f.among)
			plain := before.of(t, around)
			set(around, e.Path, other(t, e.Value, f.value))
			changed, err := helm.Four(root).Template(t.Context(), asYAML(t, around), kubernetes)
			require.NoError(t, err)
			assert.True(t, plain != changed, "nothing reads it") //nolint:testifylint // a difference of two renderings is too long to read
		})
	}
	for path := range table {
		assert.True(t, known[path], "%s isn't in values.yaml", path)
	}
	assert.Greater(t, len(known), 120)
}

// renderings keeps what several flips begin with.
type renderings struct {
	mu    sync.Mutex
	texts map[string]string
}

func (r *renderings) of(t *testing.T, around map[string]any) string {
	t.Helper()
	text := asYAML(t, around)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, is := r.texts[text]; !is {
		r.texts[text] = rendered(t, text)
	}
	return r.texts[text]
}

// other is the flip's value, or the opposite of the default.
func other(t *testing.T, value any, text string) any {
	t.Helper()
	if text == "" {
		return opposite(value)
	}
	var parsed any
	require.NoError(t, yaml.Unmarshal([]byte(text), &parsed))
	return parsed
}

// opposite is nil for what has none.
func opposite(value any) any {
	switch v := value.(type) {
	case bool:
		return !v
	case float64:
		return v + 1
	default:
		return nil
	}
}

// set sets a value at a path; label keys have dots of their own.
func set(all map[string]any, path string, value any) {
	first, rest, deeper := strings.Cut(path, ".")
	if !deeper || first == "kubernetes" {
		all[path] = value
		return
	}
	next, is := all[first].(map[string]any)
	if !is {
		next = map[string]any{}
		all[first] = next
	}
	set(next, rest, value)
}

func parsed(t *testing.T, text string) map[string]any {
	t.Helper()
	all := map[string]any{}
	require.NoError(t, yaml.Unmarshal([]byte(text), &all))
	return all
}

func asYAML(t *testing.T, all map[string]any) string {
	t.Helper()
	text, err := yaml.Marshal(all)
	require.NoError(t, err)
	return string(text)
}
