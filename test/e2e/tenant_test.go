package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// attack is what a tenant does, who may do everything in a namespace, to have the controller touch another one.
type attack struct {
	// listed: the operator lets VirtualServices of the victim's namespace be named.
	listed bool
	// annotations of the tenant's Deployment.
	annotations func(victim *stage) map[string]string
	// before is done before the Deployment is annotated.
	before func(tenant, victim *stage)
	// refused is the reason why nothing starts, with words of its message; empty: the tenant's own run is promoted.
	refused spec.Reason
	words   string
}

func TestATenantMovesNothingOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]attack{
		"by_naming_its_VirtualService": {
			annotations: func(v *stage) map[string]string {
				return map[string]string{spec.AnnotationVirtualService: v.namespace + "/shop"}
			},
			refused: spec.ReasonRouteInvalid, words: "there is no such VirtualService that leads to Service",
		},
		"by_naming_its_VirtualService_where_that_is_allowed": {
			listed: true,
			annotations: func(v *stage) map[string]string {
				return map[string]string{spec.AnnotationVirtualService: v.namespace + "/shop/*"}
			},
			refused: spec.ReasonRouteInvalid, words: "there is no such VirtualService that leads to Service",
		},
		"by_naming_its_Service": {
			annotations: func(v *stage) map[string]string {
				return map[string]string{spec.AnnotationService: v.namespace + "/shop"}
			},
			refused: spec.ReasonInvalidAnnotation, words: "not a name",
		},
		"by_a_mark_and_its_host_in_a_VirtualService_of_its_own": {
			before: func(own, v *stage) {
				own.apply(`{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: trap, annotations: {` +
					spec.AnnotationRunBy + `: ` + v.namespace + `/shop}}, spec: {exportTo: ["."], hosts: [shop.` + v.namespace +
					`.svc.cluster.local], http: [{route: [{destination: {host: shop.` + v.namespace + `.svc.cluster.local}, weight: 60},
					{destination: {host: shop-canary.` + v.namespace + `.svc.cluster.local}, weight: 40}]}]}}`)
			},
		},
		"by_a_forged_record": {
			before: func(own, v *stage) { own.forge(v) },
		},
		"by_a_record_of_a_megabyte": {
			before:  func(own, _ *stage) { own.record(strings.Repeat("x", 1_000_000)) },
			refused: spec.ReasonRecordUnreadable, words: "nothing is changed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.isHarmless(t)
		})
	}
}

func (a attack) isHarmless(t *testing.T) {
	t.Helper()
	app := cluster.App{Replicas: 2, Annotations: ungated(map[string]string{spec.AnnotationSteps: "50@0s,100@0s"})}
	victim := newStage(t, setup{brake: strategy.BrakePaused, virtualService: handwritten, idle: true, app: app})
	tenant := newStage(t, setup{brake: strategy.BrakePaused, idle: true, app: app})
	flags := map[string]string{"namespaces": victim.namespace + "," + tenant.namespace}
	if a.listed {
		flags["route-namespaces"] = victim.namespace
	}
	victim.start(setup{flags: flags})
	victim.annotate()
	users := victim.load(30)
	before := len(victim.writesIn())

	if a.before != nil {
		a.before(tenant, victim)
	}
	if a.annotations != nil {
		for name, value := range a.annotations(victim) {
			tenant.app.Annotations[name] = value
		}
	}
	require.NoError(t, tenant.app.Apply(tenant.ctx, plane))
	tenant.push("v2", nil)
	if a.refused != "" {
		tenant.blocked(a.refused, a.words)
	} else {
		tenant.await(metav1.ConditionTrue, spec.ReasonPromoted)
		tenant.until("v2", func() bool { return tenant.serving() != tenant.stable })
	}
	assert.Len(t, victim.writesIn(), before, "writes to the victim's namespace")
	victim.restored()
	users.unharmed()

	// What the tenant has left there doesn't disturb the victim's own roll-out either.
	more := victim.load(30)
	victim.push("v2", nil)
	victim.promoted(1)
	more.unharmed()
	victim.restored()
	assert.Equal(t, []int{50, 100, 0}, victim.weights())
}

// writesIn are the controller's writes to the stage's namespace.
func (s *stage) writesIn() []cluster.AuditEvent {
	s.Helper()
	all, err := plane.Audit(s.ctx, cluster.AuditFilter{User: cluster.Controller, Namespace: s.namespace, Writes: true})
	require.NoError(s, err)
	return all
}

// forge writes a record in which a run of this stage's Deployment goes on with the parts of a victim's.
func (s *stage) forge(victim *stage) {
	s.Helper()
	long := time.Now().Add(-time.Hour).UTC()
	text, err := json.Marshal(strategy.Record{
		Stable: strategy.Ref{Name: victim.stable, Hash: hashOf(victim.stable)},
		Run: &strategy.Run{
			ID: "forged", Number: 1, Template: "forged", Service: "../" + victim.namespace + "/services/shop", Phase: strategy.RunPromoting, Step: 1,
			Weight: 100, WeightAt: long, FirstAt: long, Since: long, StartedAt: long,
			Canary: strategy.Ref{Name: "shop-forged", Hash: "forged"}, Stable: strategy.Ref{Name: victim.stable, Hash: hashOf(victim.stable)},
		},
	})
	require.NoError(s, err)
	s.record(string(text))
}

// record writes a record as if Sluice had.
func (s *stage) record(text string) {
	s.Helper()
	d := s.deployment()
	manifest, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{
			"name": strategy.RecordName(d.Name), "labels": map[string]string{spec.LabelManaged: "record"},
			"ownerReferences": []map[string]any{{"apiVersion": "apps/v1", "kind": "Deployment", "name": d.Name, "uid": d.UID}},
		},
		"data": map[string]string{strategy.RecordKey: text},
	})
	require.NoError(s, err)
	_, err = plane.KubectlAs(s.ctx, cluster.Developer, string(manifest), "--namespace", s.namespace, "create", "-f", "-")
	require.NoError(s, err)
}
