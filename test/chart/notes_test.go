package chart

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/chart/helm"
)

func TestNotesSayWhatSomebodyMayNotHaveMeant(t *testing.T) {
	t.Parallel()
	const asked = `prometheus: {address: "https://p"}`
	for says, c := range map[string]struct {
		values, want string
	}{
		"no Prometheus":           {``, "There is no Prometheus: prometheus.address is empty"},
		"a token in the clear":    {`prometheus: {address: "http://p", tokenSecret: {name: s}}`, "is sent without TLS"},
		"no Istio":                {asked, "serves no VirtualServices"},
		"the paused brake":        {`brake: {mode: paused}`, "as brake.mode wants it"},
		"a policy of one's own":   {`brake: {policy: false}`, "the policy sluice-brake and its binding are yours to install; until they are there, annotated"},
		"a forced one":            {`brake: {policy: false, mode: admission}`, "yours to install, or nothing brakes"},
		"an open page":            {`web: {enabled: true}`, "The web page asks for no token"},
		"a page open to everyone": {`{web: {enabled: true}, networkPolicy: {enabled: false}}`, "No NetworkPolicy keeps anybody out."},
		"one replica":             {`replicaCount: 1`, "There is one replica"},
		"no permissions":          {`rbac: {create: false}`, "the permissions of sluice are yours to give"},
		"an account of others":    {`serviceAccount: {create: false, name: default}`, "lets the account sluice-system/default through"},
		"no uninstallation":       {`uninstall: {enabled: false}`, "uninstall.enabled is false"},
		"some namespaces":         {`namespaces: [shop, pay]`, "looks after the namespaces shop, pay."},
		"all namespaces":          {``, "looks after all namespaces."},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			notes, err := helm.Four(root).Notes(t.Context(), c.values)
			require.NoError(t, err)
			assert.Contains(t, notes, c.want)
		})
	}
}

func TestNotesAreShortWhereAllIsWell(t *testing.T) {
	t.Parallel()
	notes, err := helm.Four(root).Notes(t.Context(), read(t, filepath.Join(root, "charts/sluice/values/production.yaml")))
	require.NoError(t, err)
	for _, alarm := range []string{"Prometheus", "web page", "brake", "replica ", "permissions"} {
		assert.NotContains(t, notes, alarm)
	}
	assert.Contains(t, notes, "helm -n sluice-system test sluice")
}
