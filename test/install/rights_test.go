package install

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/sluice-dev/sluice/test/cluster"
)

// right is one thing that an account may do, or has done.
type right struct {
	namespace string // empty: all of them, or none
	verb      string
	resource  string // with its group and its subresource
	name      string // empty: all of them, or none
}

func (r right) String() string {
	text := r.verb + " " + r.resource
	if r.name != "" {
		text += " " + r.name
	}
	if r.namespace != "" {
		text += " in " + r.namespace
	}
	return text
}

// covers says whether who has this right may do that.
func (r right) covers(deed right) bool {
	return r.verb == deed.verb && r.resource == deed.resource &&
		(r.namespace == "" || r.namespace == deed.namespace) && (r.name == "" || r.name == deed.name)
}

// role is a Role or ClusterRole of the chart.
type role struct {
	kind, namespace, name string
	rules                 []rbacv1.PolicyRule
}

// granted are the rights that the chart gives its account, by the manifests and hooks that Helm has installed.
func (r *release) granted() []right {
	r.Helper()
	roles, bound := r.rbac()
	var rights []right
	for _, role := range roles {
		if !bound.Has(role.kind + "/" + role.namespace + "/" + role.name) {
			continue // for people
		}
		for _, rule := range role.rules {
			rights = append(rights, each(role.namespace, rule)...)
		}
	}
	require.NotEmpty(r, rights)
	return rights
}

// rbac are the chart's roles, and the keys of those that its account is bound to.
func (r *release) rbac() (roles []role, bound sets.Set[string]) {
	r.Helper()
	return r.rolesIn(r.helm("get", "manifest", r.name) + "\n---\n" + r.helm("get", "hooks", r.name))
}

// rolesIn finds them in manifests.
func (r *release) rolesIn(manifests string) (roles []role, bound sets.Set[string]) {
	r.Helper()
	bound = sets.New[string]()
	for document := range strings.SplitSeq(manifests, "\n---\n") {
		var object struct {
			Kind     string
			Metadata struct{ Namespace, Name string }
			Rules    []rbacv1.PolicyRule
			RoleRef  rbacv1.RoleRef
			Subjects []rbacv1.Subject
		}
		require.NoError(r, yaml.Unmarshal([]byte(document), &object))
		switch object.Kind {
		case "Role", "ClusterRole":
			roles = append(roles, role{object.Kind, object.Metadata.Namespace, object.Metadata.Name, object.Rules})
		case "RoleBinding", "ClusterRoleBinding":
			require.Equal(r, []rbacv1.Subject{{Kind: "ServiceAccount", Name: r.name, Namespace: r.namespace}}, object.Subjects)
			bound.Insert(object.RoleRef.Kind + "/" + object.Metadata.Namespace + "/" + object.RoleRef.Name)
		}
	}
	return roles, bound
}

// each are the single rights of a rule.
func each(namespace string, rule rbacv1.PolicyRule) []right {
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	var rights []right
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				for _, name := range names {
					rights = append(rights, right{namespace, verb, qualified(group, resource), name})
				}
			}
		}
	}
	return rights
}

func qualified(group, resource string) string {
	if group == "" {
		return resource
	}
	return group + "/" + resource
}

// deeds are what the release's account has asked the API server for, each once, and those that were refused while it had its permissions:
// Helm takes them away when it has begun to delete the pods, and doesn't wait for their end.
func (r *release) deeds() (done, refused []right) {
	r.Helper()
	events, err := plane.Audit(r.ctx, cluster.AuditFilter{User: r.account()})
	require.NoError(r, err)
	unbound, err := plane.Audit(r.ctx, cluster.AuditFilter{
		User: cluster.Admin, Namespace: r.namespace, Resource: "rolebindings", Name: r.name + "-leader", Verbs: []string{"delete"},
	})
	require.NoError(r, err)
	all, forbidden := sets.New[right](), sets.New[right]()
	for _, e := range events {
		resource := e.Resource
		if e.Subresource != "" {
			resource += "/" + e.Subresource
		}
		deed := right{e.Namespace, e.Verb, qualified(e.Group, resource), e.Name}
		switch {
		case (e.Code == 401 || e.Code == 403) && len(unbound) > 0 && !e.Time.Before(unbound[0].Time):
		case e.Code == 401 || e.Code == 403:
			deed.name += fmt.Sprint(" ", e.URI)
			forbidden.Insert(deed)
		case e.Resource != "" && e.Code < 400:
			all.Insert(deed)
		}
	}
	return all.UnsortedList(), forbidden.UnsortedList()
}

// leastPrivilege asserts that the account was never refused anything, has used every right, and no other.
func (r *release) leastPrivilege(granted []right) {
	r.Helper()
	done, refused := r.deeds()
	assert.Empty(r, refused, "refused")
	r.allUsed(granted)
	r.named(granted)
	for _, d := range done {
		assert.True(r, slices.ContainsFunc(granted, func(g right) bool { return g.covers(d) }), "by another's permission: %s", d)
	}
}

// allUsed asserts that each right has been used.
func (r *release) allUsed(granted []right) {
	r.Helper()
	done, _ := r.deeds()
	for _, g := range granted {
		assert.True(r, slices.ContainsFunc(done, g.covers), "nobody has used the right to %s", g)
	}
}

// named asserts that rights to what the release itself has are rights to objects by their names. A creation can't be.
func (r *release) named(granted []right) {
	r.Helper()
	for _, g := range granted {
		own := g.namespace == r.namespace || strings.HasPrefix(g.resource, "admissionregistration.k8s.io/")
		if own && g.verb != "create" {
			assert.NotEmpty(r, g.name, "the right to %s is one to all of them", g)
		}
	}
}
