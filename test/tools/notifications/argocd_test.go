package notifications

import (
	"bytes"
	"maps"
	"os"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"github.com/argoproj/notifications-engine/pkg/triggers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// settings are the triggers and templates of the example.
func settings(t *testing.T) (conditions map[string][]triggers.Condition, messages map[string]string) {
	t.Helper()
	content, err := os.ReadFile(examples + "argocd-notifications-cm.yaml")
	require.NoError(t, err)
	var object struct {
		Data map[string]string `json:"data"`
	}
	require.NoError(t, yaml.UnmarshalStrict(content, &struct {
		APIVersion string             `json:"apiVersion"`
		Kind       string             `json:"kind"`
		Metadata   map[string]any     `json:"metadata"`
		Data       *map[string]string `json:"data"`
	}{Data: &object.Data}))
	conditions, messages = map[string][]triggers.Condition{}, map[string]string{}
	for key, text := range object.Data {
		switch kind, name, _ := strings.Cut(key, "."); kind {
		case "trigger":
			var c []triggers.Condition
			require.NoError(t, yaml.UnmarshalStrict([]byte(text), &c), key)
			conditions[name] = c
		case "template":
			var m struct {
				Message string `json:"message"`
			}
			require.NoError(t, yaml.UnmarshalStrict([]byte(text), &m), key)
			messages[name] = m.Message
		}
	}
	return conditions, messages
}

// app is an Application as Argo CD 3.6 has it; health "" is one that was never looked at.
func app(operation, health, since string, more map[string]any) map[string]any {
	status := map[string]any{"resources": []any{
		map[string]any{"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web", "status": "Synced"},
		map[string]any{"kind": "Service", "namespace": "shop", "name": "web", "status": "Synced"},
	}}
	if operation != "" {
		status["operationState"] = map[string]any{
			"phase": operation, "startedAt": "2026-03-04T05:00:00Z", "syncResult": map[string]any{"revision": "0123456789abcdef"},
		}
	}
	if health != "" {
		h := map[string]any{"status": health}
		if since != "" {
			h["lastTransitionTime"] = since
		}
		status["health"] = h
	}
	maps.Copy(status, more)
	return map[string]any{"metadata": map[string]any{"name": "shop", "namespace": "argocd"}, "status": status}
}

// variables are what Argo CD gives to expressions (util/notification/expression), as far as the example needs it.
func variables(app map[string]any) map[string]any {
	parse := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			panic(err)
		}
		return at
	}
	return map[string]any{
		"app": app, "time": map[string]any{"Parse": parse, "Minute": time.Minute},
		"context": map[string]any{"argocdUrl": "https://argocd.example"}, "serviceType": "slack",
	}
}

func TestTriggersFireWhenARolloutSaysSo(t *testing.T) {
	t.Parallel()
	conditions, messages := settings(t)
	service, err := triggers.NewService(conditions)
	require.NoError(t, err)
	const before, after = "2026-03-04T04:00:00Z", "2026-03-04T05:10:00Z"
	for name, c := range map[string]struct {
		app  map[string]any
		want []string
	}{
		"a new Application":             {app("", "", "", nil), nil},
		"a sync that goes on":           {app("Running", "Healthy", before, nil), nil},
		"just synced, no run has begun": {app("Succeeded", "Healthy", before, nil), nil},
		"a run goes on":                 {app("Succeeded", "Progressing", after, nil), []string{"rollout-started"}},
		"promoted":                      {app("Succeeded", "Healthy", after, nil), []string{"rollout-promoted"}},
		"promoted, by an Argo CD that keeps no such time": {app("Succeeded", "Healthy", "", nil), nil},
		"aborted":                            {app("Succeeded", "Degraded", after, nil), []string{"rollout-degraded"}},
		"aborted, and the next sync goes on": {app("Running", "Degraded", after, nil), []string{"rollout-degraded"}},
		"a sync that failed":                 {app("Failed", "Healthy", after, nil), nil},
	} {
		var sent []string
		for trigger, list := range conditions {
			results, err := service.Run(trigger, variables(c.app))
			require.NoError(t, err, name)
			for i, r := range results {
				if !r.Triggered {
					continue
				}
				sent = append(sent, r.Templates...)
				assert.Equal(t, list[i].OncePer != "", r.OncePer == "0123456789abcdef", name)
				for _, m := range r.Templates {
					assert.Contains(t, messages, m, name)
				}
			}
		}
		assert.ElementsMatch(t, c.want, sent, name)
	}
}

func TestMessagesOfApplicationsSayWhatIsKnown(t *testing.T) {
	t.Parallel()
	_, messages := settings(t)
	persisted := map[string]any{"resources": []any{
		map[string]any{"kind": "Service", "namespace": "shop", "name": "web", "health": map[string]any{"status": "Healthy"}},
		map[string]any{
			"kind": "Deployment", "namespace": "shop", "name": "web",
			"health": map[string]any{"status": "Degraded", "message": "GateFailed: 5 % of requests fail"},
		},
	}}
	caused := app("Succeeded", "Degraded", "", nil)
	caused["status"].(map[string]any)["health"].(map[string]any)["message"] = "Caused by apps/Deployment:shop/web"
	const link = "\nhttps://argocd.example/applications/argocd/shop\n"
	for name, c := range map[string]struct {
		message string
		app     map[string]any
		want    string
	}{
		"a start":               {"rollout-started", app("Succeeded", "Progressing", "", nil), "shop: 01234567 is being rolled out." + link},
		"a promotion":           {"rollout-promoted", app("Succeeded", "Healthy", "", nil), "shop: 01234567 is promoted." + link},
		"an abort":              {"rollout-degraded", app("Succeeded", "Degraded", "", nil), "shop is degraded: a rollout was aborted or can't start. " + link},
		"an abort, Argo CD 3.6": {"rollout-degraded", caused, "shop is degraded: a rollout was aborted or can't start. Caused by apps/Deployment:shop/web." + link},
		"an abort, health persisted": {
			"rollout-degraded", app("Succeeded", "Degraded", "", persisted),
			"shop is degraded: a rollout was aborted or can't start. \nDeployment shop/web: GateFailed: 5 % of requests fail" + link,
		},
	} {
		parsed, err := template.New(name).Funcs(sprig.TxtFuncMap()).Parse(messages[c.message])
		require.NoError(t, err, name)
		var got bytes.Buffer
		require.NoError(t, parsed.Execute(&got, variables(c.app)), name)
		assert.Equal(t, c.want, got.String(), name)
	}
}
