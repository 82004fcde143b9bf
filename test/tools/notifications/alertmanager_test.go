package notifications

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const examples = "../../../examples/notifications/"

func loaded(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.LoadFile(examples + "alertmanager.yaml")
	require.NoError(t, err)
	return c
}

func TestAlertsReachTheirReceivers(t *testing.T) {
	t.Parallel()
	routes := dispatch.NewRoute(loaded(t).Route, nil)
	for name, c := range map[string]struct {
		labels model.LabelSet
		want   string
	}{
		"an abort":                    {model.LabelSet{"alertname": "SluiceRolloutAborted", "namespace": "shop", "deployment": "web"}, "rollouts"},
		"an abort of a team's":        {model.LabelSet{"alertname": "SluiceRolloutAborted", "namespace": "payments"}, "payments-team"},
		"a rollout that is held":      {model.LabelSet{"alertname": "SluiceRolloutHeldTooLong", "namespace": "shop"}, "rollouts"},
		"a fight":                     {model.LabelSet{"alertname": "SluiceRolloutContested", "namespace": "shop"}, "rollouts"},
		"a brake":                     {model.LabelSet{"alertname": "SluiceBrakeReleasedWhileAborted", "namespace": "shop"}, "rollouts"},
		"the controller":              {model.LabelSet{"alertname": "SluiceControllerDown"}, "cluster-operators"},
		"Prometheus":                  {model.LabelSet{"alertname": "SluiceMetricsUnreachable"}, "cluster-operators"},
		"slowness":                    {model.LabelSet{"alertname": "SluiceReconcileSlow"}, "cluster-operators"},
		"an alert of somebody else's": {model.LabelSet{"alertname": "NodeDown"}, "everything-else"},
	} {
		matched := routes.Match(c.labels)
		require.Len(t, matched, 1, name)
		assert.Equal(t, c.want, matched[0].RouteOpts.Receiver, name)
	}
}

func TestEveryAlertOfSluiceReachesSomebody(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../../charts/sluice/rules/sluice.rules.yaml")
	require.NoError(t, err)
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string            `json:"alert"`
				Expr        string            `json:"expr"`
				Labels      map[string]string `json:"labels"`
				Annotations map[string]string `json:"annotations"`
			} `json:"rules"`
		} `json:"groups"`
	}
	require.NoError(t, yaml.Unmarshal(content, &file))
	routes, seen := dispatch.NewRoute(loaded(t).Route, nil), 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			seen++
			want := "cluster-operators"
			if strings.Contains(r.Expr, "by (namespace, deployment)") {
				want = "rollouts"
			}
			matched := routes.Match(model.LabelSet{"alertname": model.LabelValue(r.Alert), "namespace": "shop"})
			require.Len(t, matched, 1, r.Alert)
			assert.Equal(t, want, matched[0].RouteOpts.Receiver, r.Alert)
			assert.Contains(t, []string{"warning", "critical"}, r.Labels["severity"], r.Alert)
			for _, name := range []string{"summary", "description", "runbook_url"} {
				assert.NotEmpty(t, r.Annotations[name], r.Alert)
			}
		}
	}
	assert.GreaterOrEqual(t, seen, 7)
}

func TestMessagesOfAlertsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	templates, err := template.FromGlobs([]string{examples + "sluice.tmpl"})
	require.NoError(t, err)
	templates.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager"}
	started := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	firing := func(labels, annotations model.LabelSet) *alert.Alert {
		return &alert.Alert{Alert: model.Alert{Labels: labels, Annotations: annotations, StartsAt: started, EndsAt: time.Now().Add(time.Hour)}}
	}
	abort := firing(
		model.LabelSet{"alertname": "SluiceRolloutAborted", "severity": "warning", "namespace": "shop", "deployment": "web"},
		model.LabelSet{"summary": "The roll-out of shop/web was aborted", "description": "5 % of <requests> fail", "runbook_url": "https://example.com/aborted"},
	)
	over := firing(abort.Labels, abort.Annotations)
	over.EndsAt = started.Add(time.Minute)
	fight := firing(
		model.LabelSet{"alertname": "SluiceRolloutContested", "severity": "warning", "namespace": "shop", "deployment": "web"},
		model.LabelSet{"summary": "Somebody undoes what Sluice writes for shop/web"},
	)
	down := firing(model.LabelSet{"alertname": "SluiceControllerDown", "severity": "critical"}, model.LabelSet{"description": "nobody leads"})
	for name, c := range map[string]struct {
		alerts []*alert.Alert
		html   bool
		text   string
		want   []string
	}{
		"title":              {[]*alert.Alert{abort}, false, `{{ template "sluice.title" . }}`, []string{"The roll-out of shop/web was aborted"}},
		"title when over":    {[]*alert.Alert{over}, false, `{{ template "sluice.title" . }}`, []string{"[over] The roll-out of shop/web was aborted"}},
		"title of several":   {[]*alert.Alert{abort, fight}, false, `{{ template "sluice.title" . }}`, []string{"2 alerts of shop/web"}},
		"title of all kinds": {[]*alert.Alert{abort, down}, false, `{{ template "sluice.title" . }}`, []string{"2 alerts"}},
		"link":               {[]*alert.Alert{abort}, false, `{{ template "sluice.runbook" . }}`, []string{"https://example.com/aborted"}},
		"Slack": {
			[]*alert.Alert{abort},
			false, `{{ template "sluice.slack.text" . }}`,
			[]string{"*SluiceRolloutAborted* 5 % of <requests> fail\n`kubectl sluice status web -n shop`\n<https://example.com/aborted|what to do>\n"},
		},
		"e-mail": {
			[]*alert.Alert{abort, down},
			false, `{{ template "sluice.email.text" . }}`,
			[]string{
				"SluiceRolloutAborted (warning), since 2026-03-04 05:06:07 UTC\n5 % of <requests> fail\nWhat to do: https://example.com/aborted\n",
				"SluiceControllerDown (critical), since 2026-03-04 05:06:07 UTC\nnobody leads\n",
			},
		},
		"e-mail in HTML": {
			[]*alert.Alert{abort},
			true, `{{ template "sluice.email.html" . }}`,
			[]string{"<h3>SluiceRolloutAborted (warning)</h3>", "5 % of &lt;requests&gt; fail", `<a href="https://example.com/aborted">`},
		},
	} {
		data := templates.Data("rollouts", model.LabelSet{"namespace": "shop"}, nil, "", c.alerts...)
		execute := templates.ExecuteTextString
		if c.html {
			execute = templates.ExecuteHTMLString
		}
		got, err := execute(c.text, data)
		require.NoError(t, err, name)
		for _, want := range c.want {
			assert.Contains(t, got, want, name)
		}
		assert.NotContains(t, got, "no value", name)
	}
}

func TestEveryTemplateThatIsNamedIsThere(t *testing.T) {
	t.Parallel()
	templates, err := template.FromGlobs([]string{examples + "sluice.tmpl"})
	require.NoError(t, err)
	templates.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager"}
	var texts []string
	for _, r := range loaded(t).Receivers {
		for _, s := range r.SlackConfigs {
			texts = append(texts, s.Title, s.TitleLink, s.Text, s.Color)
		}
		for _, e := range r.EmailConfigs {
			texts = append(texts, e.HTML, e.Text, e.Headers["Subject"])
		}
	}
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	require.NotEmpty(t, texts)
	data := templates.Data("rollouts", nil, nil, "", &alert.Alert{Alert: model.Alert{Labels: model.LabelSet{"alertname": "A"}}})
	for _, text := range texts {
		_, err := templates.ExecuteTextString(text, data)
		assert.NoError(t, err, text)
	}
}
