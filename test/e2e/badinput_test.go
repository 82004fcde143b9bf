package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// mistake is a value of an annotation that means nothing, and what Sluice must say: what is wrong, and what would be right.
type mistake struct{ annotation, value, wrong, right string }

func mistakes() []mistake {
	return []mistake{
		{spec.AnnotationStrategy, "canarry", "unknown strategy", `"canary"`},
		{spec.AnnotationStrategy, "", "unknown strategy", `"canary"`},
		{spec.AnnotationStrategy, "bluegreen", "unknown strategy", `"canary" or "blue-green"`},
		{spec.AnnotationSteps, "10,5", "weights must rise, 5 follows 10", "50@pause"},
		{spec.AnnotationSteps, "0,100", "at weight 0 nobody would reach the canary", "a first weight above 0"},
		{spec.AnnotationSteps, "10%,100", `weight "10%" is not a whole number`, "50@pause"},
		{spec.AnnotationSteps, "10@soon", "not a duration such as 90s or 5m", "50@pause"},
		{spec.AnnotationSteps, "10@-5m", "a duration can't be negative", "50@pause"},
		{spec.AnnotationService, "Shop!", "not a name", `a Service's name, for example "shop"`},
		{spec.AnnotationVirtualService, "shop/", "names no VirtualService", `"shop/api,shop-tcp"`},
		{spec.AnnotationMaxErrorRate, "0.05", "no percent sign", `"1%"`},
		{spec.AnnotationMaxErrorRate, "120%", "not a percentage above 0 and below 100", `"1%"`},
		{spec.AnnotationMaxLatency, "500ms", "not of the form pQUANTILE<DURATION", `"p95<500ms"`},
		{spec.AnnotationMaxLatency, "p95<500", "not a duration", `"p95<500ms"`},
		{spec.AnnotationMaxLatency, "p100<1s", "the quantile is not between p0 and p100", `"p95<500ms"`},
		{spec.AnnotationCompare, "yes", "neither on nor off", `"on" or "off"`},
		{spec.AnnotationOnInconclusive, "pass", "unknown answer", `"hold", "promote" or "abort"`},
		{spec.AnnotationMaxHold, "30", "not a duration", `"30m"`},
		{spec.AnnotationMaxHold, "8760h", "longer than 30 days", `"30m"`},
		{spec.AnnotationCommand, "abort", "not two words", "the canary's hash"},
		{spec.AnnotationCommand, "explode 6f7d8c9b54", "unknown verb explode", "approve, promote, abort, retry, pause, resume"},
		{spec.AnnotationAlerts, "HighErrorRate,", "an empty name", "names of alert rules"},
		{spec.AnnotationMetrics, "bad={code=\"5\"}", "bad without requests", "requests=SELECTOR"},
		{spec.AnnotationBake, "5m", "does not apply to the strategy canary", "no such annotation, or the strategy blue-green"},
		{spec.AnnotationApproval, "on", "does not apply to the strategy canary", "no such annotation, or the strategy blue-green"},
		{spec.AnnotationCanaryHeader, "x-canary", "no equals sign", `"x-canary=always"`},
		{spec.AnnotationMirror, "10", "no percent sign", `"10%"`},
		{spec.AnnotationBefore, "job/migrate", "names no CronJob", `"cronjob/migrate"`},
		{spec.Prefix + "step", "10,50,100", "unknown annotation", "one of "},
	}
}

func TestBadInput_EachKindOfWrongAnnotationIsNamedAndNothingElseIsChanged(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{})
	var apps []cluster.App
	var objects []runtime.Object
	for i, m := range mistakes() {
		app := cluster.App{
			Namespace: s.namespace, Name: fmt.Sprintf("app-%02d", i), Replicas: 1,
			Annotations: map[string]string{spec.AnnotationStrategy: "canary", m.annotation: m.value},
		}
		apps, objects = append(apps, app), append(objects, app.Service(), app.Deployment())
	}
	require.NoError(t, plane.Apply(s.ctx, objects...))
	for i, m := range mistakes() {
		d, err := cluster.WaitFor(s.ctx, plane, s.namespace, apps[i].Name, func(d *appsv1.Deployment) bool {
			c := condition(d, spec.ConditionPromoted)
			return c != nil && c.Status == "False" && cluster.RolledOut(d)
		})
		require.NoError(t, err, "%+v", m)
		c := condition(d, spec.ConditionPromoted)
		assert.Equal(t, string(spec.ReasonInvalidAnnotation), c.Reason, "%+v", m)
		all := []string{s.namespace + "/" + apps[i].Name, m.annotation + ": ", fmt.Sprintf("%q", m.value), m.wrong, "want ", m.right}
		for _, words := range all {
			assert.Contains(t, c.Message, words, "%+v", m)
		}
		s.warnedOf(apps[i].Name, spec.ReasonInvalidAnnotation, all...)
		assert.False(t, d.Spec.Paused, "%+v", m)
	}
	require.NoError(t, s.quit())
	for _, d := range s.deeds(cluster.Controller) {
		assert.Equal(t, "patch deployments/status", d.Verb+" "+d.what(), "%s", d)
	}
}

func TestBadInput_AMistakeAtRestKeepsANewVersionFromStartingUntilItIsMended(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, virtualService: handwritten, app: cluster.App{Annotations: ungated(nil)}})
			s.annotate()
			stablePods, _ := s.live()
			good := s.app.Annotations
			s.app.Annotations = maps.Clone(good)
			s.app.Annotations[spec.AnnotationSteps] = "50,10"
			users := s.load(30)
			s.push("v2", nil)
			s.await(metav1.ConditionFalse, spec.ReasonInvalidAnnotation)
			s.warned(spec.ReasonInvalidAnnotation, spec.AnnotationSteps, "weights must rise")
			_, err := cluster.WaitFor(s.ctx, plane, s.namespace, "shop", func(d *appsv1.Deployment) bool {
				return d.Spec.Paused && d.Status.ObservedGeneration == d.Generation
			})
			require.NoError(t, err, "the brake is on")
			uids, _ := s.live()
			assert.Equal(t, stablePods, uids)
			users.spared("v2")
			assert.Empty(t, s.weights())

			s.app.Annotations = good
			require.NoError(t, s.app.Apply(s.ctx, plane))
			s.promoted(1)
			assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
			users.unharmed()
			s.restored()
		})
	}
}

// obstacle is what is around a Deployment and keeps it from being taken over, and what Sluice must say of it.
type obstacle struct {
	setup
	// others are what is there besides, as YAML; NAMESPACE stands for the stage's.
	others string
	reason spec.Reason
	says   []string
}

// elsewhere is another namespace in which there is a VirtualService.
const elsewhere = "e2e-elsewhere"

func obstacles() map[string]obstacle {
	named := func(annotation, value string) setup {
		return setup{app: cluster.App{Annotations: map[string]string{annotation: value}}}
	}
	withRoute := func(s setup) setup {
		s.virtualService = handwritten
		return s
	}
	return map[string]obstacle{
		"a Service that isn't there": {
			setup: withRoute(named(spec.AnnotationService, "shopp")), reason: spec.ReasonServiceNotFound,
			says: []string{`"shopp"`, "NAMESPACE", spec.AnnotationService},
		},
		"a Service that matches nothing": {
			setup: withRoute(named(spec.AnnotationService, "other")), reason: spec.ReasonServiceNotFound,
			others: "{apiVersion: v1, kind: Service, metadata: {name: other}, spec: {selector: {app: other}, ports: [{port: 80}]}}",
			says:   []string{`"other"`, "doesn't match the pods of Deployment NAMESPACE/shop", "must be a subset of the labels"},
		},
		"two Services that match": {
			setup: withRoute(setup{}), reason: spec.ReasonServiceAmbiguous,
			others: "{apiVersion: v1, kind: Service, metadata: {name: shop-too}, spec: {selector: {app: shop}, ports: [{port: 80}]}}",
			says:   []string{"shop, shop-too", "all match", "Deployment shop", spec.AnnotationService},
		},
		"no Prometheus address": {
			setup: withRoute(setup{flags: map[string]string{"prometheus-address": ""}}), reason: spec.ReasonNoPrometheus,
			says: []string{"NAMESPACE/shop", "--prometheus-address", spec.AnnotationMaxErrorRate + ": off"},
		},
		"a VirtualService that isn't there": {
			setup: withRoute(named(spec.AnnotationVirtualService, "shop-routes")), reason: spec.ReasonRouteInvalid,
			says: []string{spec.AnnotationVirtualService, `"shop-routes"`, "NAMESPACE", `leads to Service "shop"`},
		},
		"a VirtualService without the route that is named": {
			setup: withRoute(named(spec.AnnotationVirtualService, "shop/checkout")), reason: spec.ReasonRouteInvalid,
			says: []string{"NAMESPACE/shop", `"checkout"`, "api, default"},
		},
		"a VirtualService for the same host in another namespace": {
			setup: setup{flags: map[string]string{"namespaces": "NAMESPACE," + elsewhere}}, reason: spec.ReasonRouteConflict,
			others: "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: NAMESPACE, namespace: " + elsewhere + "}, " +
				"spec: {hosts: [shop.NAMESPACE.svc.cluster.local], http: [{route: [{destination: {host: shop.NAMESPACE.svc.cluster.local}}]}]}}",
			says: []string{elsewhere + "/NAMESPACE", `Service "shop"`, "no VirtualService of namespace NAMESPACE leads there"},
		},
	}
}

func TestBadInput_WhatIsInTheWayIsNamedAndNothingElseIsChanged(t *testing.T) {
	t.Parallel()
	_, err := plane.Kubectl(t.Context(), "create", "namespace", elsewhere)
	require.NoError(t, err)
	all := obstacles()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			all[name].isNamed(t)
		})
	}
}

func (o obstacle) isNamed(t *testing.T) {
	t.Helper()
	o.idle = true
	s := newStage(t, o.setup)
	here := func(text string) string { return strings.ReplaceAll(text, "NAMESPACE", s.namespace) }
	if o.others != "" {
		_, err := plane.KubectlAs(s.ctx, cluster.Developer, here(o.others), "--namespace", s.namespaceIn(o.others), "apply", "-f", "-")
		require.NoError(t, err)
	}
	for name, value := range o.flags {
		o.flags[name] = here(value)
	}
	s.start(o.setup)
	before := s.deployment()
	require.NoError(t, s.app.Apply(s.ctx, plane))
	c := s.await(metav1.ConditionFalse)
	assert.Equal(t, string(o.reason), c.Reason)
	told := make([]string, 0, len(o.says))
	for _, text := range o.says {
		told = append(told, here(text))
		assert.Contains(t, c.Message, here(text))
	}
	s.warned(o.reason, told...)
	require.NoError(t, s.quit())
	assert.Equal(t, []string{"patch deployments/status shop"}, words(s.deeds(cluster.Controller)), "all that Sluice wrote")
	assert.Equal(t, before.Spec, s.deployment().Spec)
	assert.Equal(t, s.written, s.objects())
}

// namespaceIn is where a manifest belongs.
func (s *stage) namespaceIn(manifest string) string {
	if strings.Contains(manifest, "namespace: "+elsewhere) {
		return elsewhere
	}
	return s.namespace
}
