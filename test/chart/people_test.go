package chart

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/cli"
	"github.com/sluice-dev/sluice/test/cluster"
)

// A Deployment as people have one, with the annotation.
const shop = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: shop
  annotations: {sluice.dev/strategy: blue-green}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: registry.example/shop:v1}]}
`

// plugin runs kubectl sluice as somebody and returns what it printed.
func plugin(t *testing.T, user string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	args = append(args, "--namespace=shop", "--kubeconfig="+plane(t).Kubeconfig(cluster.Admin), "--as="+user)
	cli.Run(t.Context(), args, cli.Options{
		In: strings.NewReader(""), Out: &out, Err: &out, Columns: func() int { return 120 }, Version: "test", Now: time.Now,
	})
	return out.String()
}

func TestTheRolesAreAllThatThePluginNeeds(t *testing.T) {
	t.Parallel()
	c := plane(t)
	for _, text := range []string{rendered(t, `fullnameOverride: plugin`, "--show-only=templates/rbac-people.yaml"), shop} {
		_, err := c.KubectlAs(t.Context(), cluster.Admin, text, "apply", "-f", "-")
		require.NoError(t, err)
	}
	for user, roles := range map[string][]string{"viewer": {"plugin-view"}, "pipeline": {"plugin-view", "plugin-edit"}} {
		for _, role := range roles {
			_, err := c.Kubectl(t.Context(), "create", "rolebinding", user+"-"+role, "--namespace=shop", "--clusterrole="+role, "--user="+user)
			require.NoError(t, err)
		}
	}
	look := [][]string{{"get"}, {"status", "shop"}, {"history", "shop"}, {"explain", "shop"}, {"status", "shop", "--wait", "--timeout=1s"}}
	for _, user := range []string{"viewer", "pipeline"} {
		for _, args := range look {
			out := plugin(t, user, args...)
			assert.NotContains(t, out, "forbidden", "%s: %v", user, args)
			assert.NotEmpty(t, out, "%s: %v", user, args)
		}
	}
	assert.Contains(t, plugin(t, "nobody", "status", "shop"), "forbidden")
	assert.Contains(t, plugin(t, "viewer", "restart", "shop"), "forbidden")
	assert.NotContains(t, plugin(t, "pipeline", "restart", "shop"), "forbidden")
	template, err := c.Kubectl(t.Context(), "get", "deployment", "shop", "--namespace=shop", "-o", "jsonpath={.spec.template.metadata.annotations}")
	require.NoError(t, err)
	assert.Contains(t, template, "restartedAt", "the command has arrived")
}
