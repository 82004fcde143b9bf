package install

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// TestRights_EachIsMissedWhereItIsNotThere begins without any permission, and grants each that the controller's log asks for by name, and none
// before. What was granted in the end, for a life with all that needs one, is what the chart grants: nothing in it can be left out.
func TestRights_EachIsMissedWhereItIsNotThere(t *testing.T) {
	t.Parallel()
	r := newRelease(t, "", map[string]any{"rbac": map[string]any{"create": false}, "extraEnv": listing()})
	full := r.open(ungated("20@pause,100@1s", map[string]string{spec.AnnotationBefore: "cronjob/migrate"}), route, policy)
	require.NoError(t, cluster.Task{Namespace: full.app.Namespace}.Apply(r.ctx, plane))
	made := r.open(ungated("50@1s,100@1s", nil)) // its VirtualService is made for the run
	r.set(map[string]any{"namespaces": []string{full.app.Namespace, made.app.Namespace}})
	needed := r.neededRights(full.app.Namespace, made.app.Namespace)
	g := r.grantWhatIsMissed(full.app.Namespace, made.app.Namespace)
	r.install(chart)
	r.awaitLeader()
	together([]*shop{full, made}, func(s *shop) { s.annotate() })
	full.mistyped()
	together([]*shop{full, made}, func(s *shop) { s.push("v2", nil) })
	// Whoever may not make a hook's Job ends the run: what has to be done before it can't be.
	assert.Equal(t, spec.ReasonHookFailed, full.abortedRun(1).Reason)
	full.command(spec.VerbRetry)
	full.untilWeight(20)
	full.apply(policy + changedPolicy)
	full.command(spec.VerbApprove)
	full.promoted(2)
	made.promoted(1)
	made.app.Annotations[spec.AnnotationSteps] = "50@pause"
	made.push("v3", nil)
	made.await(metav1.ConditionUnknown, spec.ReasonApproval)
	made.command(spec.VerbAbort)
	made.abortedRun(2)
	for range 2 { // that of the Deployment, and that of the brake policy's binding: the Job isn't tried again by itself
		out, err := r.try("uninstall", r.name, "--wait", "--timeout", "60s")
		require.Error(t, err, out)
	}
	r.uninstall()
	together([]*shop{full, made}, func(s *shop) { s.plain() })
	assert.ElementsMatch(t, sets.List(needed), sets.List(g.stop()))
}

// neededRights are what the chart would grant, without namespaces and names.
func (r *release) neededRights(namespaces ...string) sets.Set[string] {
	r.Helper()
	rendered := r.helm("template", r.name, chart, "--set", "fullnameOverride="+r.name, "--set", "rbac.aggregate=false",
		"--set", "namespaces={"+strings.Join(namespaces, ",")+"}", "--api-versions", "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy")
	roles, _ := r.rolesIn(rendered)
	needed := sets.New[string]()
	for _, role := range roles {
		for _, rule := range role.rules {
			for _, g := range each("", rule) {
				needed.Insert(g.verb + " " + g.resource)
			}
		}
	}
	return needed
}

// granter gives an account what its log complains about.
type granter struct {
	r       *release
	granted map[string][]rbacv1.PolicyRule // by namespace; "": cluster-wide
	seen    sets.Set[string]
	done    chan struct{}
	ended   chan struct{}
}

// complaint is what the API server answers to who lacks a right.
var complaint = regexp.MustCompile(`cannot ([a-z]+) resource \\*"([a-z/]+)\\*" in API group \\*"([a-z0-9.]*)\\*" (?:in the namespace \\*"([a-z0-9-]+)\\*"|at the cluster scope)`)

// grantWhatIsMissed binds the release's account to roles of its own in these namespaces, in the release's and cluster-wide, that are empty at
// first.
func (r *release) grantWhatIsMissed(namespaces ...string) *granter {
	r.Helper()
	g := &granter{r: r, granted: map[string][]rbacv1.PolicyRule{}, seen: sets.New[string](), done: make(chan struct{}), ended: make(chan struct{})}
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Name: r.name, Namespace: r.namespace}}
	meta, rbac := metav1.ObjectMeta{Name: "by-hand-" + r.name}, plane.Client().RbacV1()
	for _, namespace := range append(namespaces, r.namespace) {
		_, err := rbac.Roles(namespace).Create(r.ctx, &rbacv1.Role{ObjectMeta: meta}, metav1.CreateOptions{})
		require.NoError(r, err)
		binding := &rbacv1.RoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{Kind: "Role", Name: meta.Name}}
		_, err = rbac.RoleBindings(namespace).Create(r.ctx, binding, metav1.CreateOptions{})
		require.NoError(r, err)
	}
	_, err := rbac.ClusterRoles().Create(r.ctx, &rbacv1.ClusterRole{ObjectMeta: meta}, metav1.CreateOptions{})
	require.NoError(r, err)
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: meta.Name}}
	_, err = rbac.ClusterRoleBindings().Create(r.ctx, binding, metav1.CreateOptions{})
	require.NoError(r, err)
	go g.run()
	return g
}

func (g *granter) run() {
	defer close(g.ended)
	ticker := time.NewTicker(100 * time.Millisecond) // logs offer nothing to wait on
	defer ticker.Stop()
	for {
		for _, m := range complaint.FindAllStringSubmatch(g.r.logs(), -1) {
			g.grant(m[1], m[2], m[3], m[4])
		}
		select {
		case <-ticker.C:
		case <-g.done:
			return
		case <-g.r.ctx.Done():
			return
		}
	}
}

// grant adds a right that isn't there yet.
func (g *granter) grant(verb, resource, group, namespace string) {
	key := namespace + " " + verb + " " + qualified(group, resource)
	if g.seen.Has(key) {
		return
	}
	g.seen.Insert(key)
	rules := append(g.granted[namespace], rbacv1.PolicyRule{Verbs: []string{verb}, APIGroups: []string{group}, Resources: []string{resource}})
	g.granted[namespace] = rules
	meta, rbac := metav1.ObjectMeta{Name: "by-hand-" + g.r.name}, plane.Client().RbacV1()
	var err error
	if namespace == "" {
		_, err = rbac.ClusterRoles().Update(g.r.ctx, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, metav1.UpdateOptions{})
	} else {
		_, err = rbac.Roles(namespace).Update(g.r.ctx, &rbacv1.Role{ObjectMeta: meta, Rules: rules}, metav1.UpdateOptions{})
	}
	assert.NoError(g.r, err)
}

// stop ends the granting and says what was granted, without namespaces.
func (g *granter) stop() sets.Set[string] {
	close(g.done)
	<-g.ended
	all := sets.New[string]()
	for key := range g.seen {
		_, right, _ := strings.Cut(key, " ")
		all.Insert(right)
	}
	return all
}
