package chart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/sluice-dev/sluice/test/chart/helm"
)

// grants are what the Roles of a rendering allow, a line each: "in NAMESPACE|everywhere: VERB RESOURCE.GROUP [NAME]".
func grants(t *testing.T, all map[string]helm.Object, component string) []string {
	t.Helper()
	var lines []string
	for id, o := range all {
		kind := fmt.Sprint(o["kind"])
		if kind != "Role" && kind != "ClusterRole" {
			continue
		}
		role := as[rbacv1.Role](t, all, id) // a ClusterRole has the same fields, of those that the chart uses
		if role.Labels["app.kubernetes.io/component"] != component {
			continue
		}
		where := "everywhere"
		if kind == "Role" {
			where = "in " + role.Namespace
		}
		for _, rule := range role.Rules {
			lines = append(lines, grantsOf(where, rule)...)
		}
	}
	slices.Sort(lines)
	return lines
}

func grantsOf(where string, rule rbacv1.PolicyRule) (lines []string) {
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				line := where + ": " + verb + " " + strings.TrimSuffix(resource+"."+group, ".")
				for _, name := range rule.ResourceNames {
					line += " " + name
				}
				lines = append(lines, line)
			}
		}
	}
	return lines
}

func TestNobodyIsGivenTooMuch(t *testing.T) {
	t.Parallel()
	// By these verbs and resources one gets at more than was given.
	verbs := []string{"*", "escalate", "bind", "impersonate", "approve", "sign"}
	resources := []string{
		"*", "secrets", "serviceaccounts", "serviceaccounts/token", "nodes", "nodes/proxy", "pods/exec", "pods/attach", "pods/ephemeralcontainers",
		"roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io",
		"clusterrolebindings.rbac.authorization.k8s.io",
	}
	for _, v := range variants(t) {
		all := objects(t, v.values)
		for _, component := range []string{"controller", "access", "uninstall"} {
			lines := grants(t, all, component)
			assert.NotEmpty(t, lines, v.name)
			for _, line := range lines {
				_, grant, _ := strings.Cut(line, ": ")
				words := strings.Fields(grant)
				assert.NotContains(t, verbs, words[0], "%s: %s", v.name, line)
				assert.NotContains(t, resources, words[1], "%s: %s", v.name, line)
				if words[1] == "pods" {
					assert.Contains(t, []string{"get", "list", "watch"}, words[0], "%s: %s", v.name, line)
				}
			}
		}
	}
}

func TestListedNamespacesAndNoMore(t *testing.T) {
	t.Parallel()
	everywhere := grants(t, objects(t, ""), "controller")
	all := objects(t, `{namespaces: [shop, pay], routeNamespaces: [mesh, shop]}`)
	var want []string
	for _, line := range everywhere {
		rest, is := strings.CutPrefix(line, "everywhere: ")
		switch {
		case !is, strings.Contains(rest, "admissionregistration"):
			want = append(want, line)
		default:
			want = append(want, "in pay: "+rest, "in shop: "+rest)
		}
	}
	for _, verb := range []string{"list", "watch", "update"} {
		want = append(want, "in mesh: "+verb+" virtualservices.networking.istio.io")
	}
	slices.Sort(want)
	assert.Equal(t, want, grants(t, all, "controller"))
	for id, o := range all {
		if kind := o["kind"]; kind == "RoleBinding" || kind == "ClusterRoleBinding" {
			binding := as[rbacv1.RoleBinding](t, all, id)
			assert.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: "sluice", Namespace: helm.Namespace}}, binding.Subjects, id)
			assert.Contains(t, all, strings.Replace(id, "Binding", "", 1), "%s is of a Role beside it", id)
			assert.Equal(t, binding.Name, binding.RoleRef.Name, id)
		}
	}
	args := container(t, `{namespaces: [shop, pay], routeNamespaces: [mesh]}`).Args
	assert.Contains(t, args, "--namespaces=shop,pay")
	assert.Contains(t, args, "--route-namespaces=mesh")
}

func TestThePolicyIsReadOnlyWhereThatDecides(t *testing.T) {
	t.Parallel()
	policies := func(values string, args ...string) int {
		return strings.Count(strings.Join(grants(t, objects(t, values, args...), "controller"), "\n"), "admissionregistration")
	}
	assert.Equal(t, 4, policies(""), "list and watch of policies and of bindings")
	assert.Equal(t, 4, policies("", "--kube-version=1.35.0"), "an upgrade of the cluster brings them")
	assert.Equal(t, 4, policies(`brake: {policy: false}`), "somebody else installs it")
	assert.Zero(t, policies(`brake: {mode: paused}`))
	assert.Zero(t, policies(`brake: {mode: admission}`))
	assert.NotContains(t, objects(t, `{brake: {mode: paused}, namespaces: [shop]}`), "ClusterRole sluice-controller", "nothing is left for it")
}

func TestWithoutRBAC(t *testing.T) {
	t.Parallel()
	for id := range objects(t, `rbac: {create: false, aggregate: false}`) {
		assert.NotContains(t, id, "Role")
	}
}

func TestRolesOfPeople(t *testing.T) {
	t.Parallel()
	all := objects(t, "")
	view, edit := as[rbacv1.ClusterRole](t, all, "ClusterRole sluice-view"), as[rbacv1.ClusterRole](t, all, "ClusterRole sluice-edit")
	assert.Equal(t, "true", view.Labels[rbacv1.GroupName+"/aggregate-to-view"])
	assert.Equal(t, "true", edit.Labels[rbacv1.GroupName+"/aggregate-to-edit"])
	for _, rule := range view.Rules {
		assert.Equal(t, []string{"get", "list", "watch"}, rule.Verbs)
	}
	writes := func(values string) string {
		var lines []string
		for _, line := range grants(t, objects(t, values), "access") {
			if !strings.Contains(line, ": get ") && !strings.Contains(line, ": list ") && !strings.Contains(line, ": watch ") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n")
	}
	require.Equal(t, "everywhere: patch deployments.apps", writes(""))
	assert.Contains(t, writes(`rbac: {aggregateRoutes: true}`), "everywhere: update virtualservices.networking.istio.io")
}
