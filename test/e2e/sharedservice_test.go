package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// tier is a Service that selects the pods of every application of a tier.
const tier = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {tier: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}"

// inTier is the Deployment of an application of that tier.
func inTier(app cluster.App) *appsv1.Deployment {
	d := app.Deployment()
	d.Spec.Template.Labels = map[string]string{"app": app.Name, "tier": "web"}
	return d
}

// deployTier brings up an application of the tier, without a strategy.
func (s *stage) deployTier(name, version string) cluster.App {
	s.Helper()
	app := cluster.App{Namespace: s.namespace, Name: name, Replicas: 2, Version: version}
	require.NoError(s, plane.Apply(s.ctx, inTier(app)))
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, name, cluster.RolledOut)
	require.NoError(s, err)
	return app
}

func TestScenario43_TwoDeploymentsBehindOneServiceAreRefusedAndToldWhy(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{idle: true, app: cluster.App{Annotations: ungated(nil)}})
	s.apply(tier)
	red, blue := s.deployTier("red", "v1"), s.deployTier("blue", "v1")
	red.Annotations, blue.Annotations = s.app.Annotations, s.app.Annotations
	require.NoError(t, plane.Apply(s.ctx, inTier(red), inTier(blue)))
	service := s.raw("/api/v1/namespaces/" + s.namespace + "/services/web")
	before := map[string]appsv1.DeploymentSpec{}
	for _, name := range []string{"red", "blue"} {
		d, err := cluster.WaitFor(s.ctx, plane, s.namespace, name, cluster.RolledOut)
		require.NoError(t, err)
		before[name] = d.Spec
	}
	s.start(setup{})

	for name, other := range map[string]string{"red": "blue", "blue": "red"} {
		d, err := cluster.WaitFor(s.ctx, plane, s.namespace, name, func(d *appsv1.Deployment) bool {
			return condition(d, spec.ConditionPromoted) != nil
		})
		require.NoError(t, err)
		c := condition(d, spec.ConditionPromoted)
		assert.Equal(t, "False", string(c.Status))
		assert.Equal(t, string(spec.ReasonServiceShared), c.Reason)
		words := []string{`Service "web"`, "selects the pods of Deployment " + other, "as well as those of " + name, "a Service of its own"}
		for _, word := range words {
			assert.Contains(t, c.Message, word)
		}
		s.warnedOf(name, spec.ReasonServiceShared, words...)
		assert.Equal(t, before[name], d.Spec)
	}
	for _, d := range s.deeds(cluster.Controller) {
		assert.Equal(t, "patch deployments/status", d.Verb+" "+d.what(), "%s", d)
	}
	assert.Equal(t, service, s.raw("/api/v1/namespaces/"+s.namespace+"/services/web"), "not even written to")

	// A Service of its own, as the message says, is all that it takes.
	s.apply("{apiVersion: v1, kind: Service, metadata: {name: red}, spec: {selector: {app: red}, ports: [{name: http, port: 80, targetPort: 8080}]}}")
	s.apply("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: blue}, ports: [{name: http, port: 80, targetPort: 8080}]}}")
	for name := range before {
		_, err := cluster.WaitFor(s.ctx, plane, s.namespace, name, func(d *appsv1.Deployment) bool {
			c := condition(d, spec.ConditionPromoted)
			return c != nil && c.Status == "True"
		})
		require.NoError(t, err)
	}
	s.app, s.stable = red, ""
	red.Version = "v2"
	require.NoError(t, plane.Apply(s.ctx, inTier(red)))
	s.promoted(1)
}

func TestScenario43_ASecondDeploymentBehindTheServiceKeepsARunFromStarting(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{app: cluster.App{Annotations: ungated(nil)}})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(30)
	// Its pods carry the labels that the Service of the first selects; its own selector is another.
	second := cluster.App{
		Namespace: s.namespace, Name: "shop-too", Replicas: 1, Version: "v1", Annotations: s.app.Annotations,
		Env: map[string]string{"SHUTDOWN_DELAY": "2s"}, // it is deleted below, by a person, while it is among the endpoints
	}.Deployment()
	second.Spec.Selector.MatchLabels = map[string]string{"app": "shop", "part": "too"}
	second.Spec.Template.Labels = map[string]string{"app": "shop", "part": "too"}
	require.NoError(t, plane.Apply(s.ctx, second))
	s.await("False", spec.ReasonServiceShared)
	s.push("v2", nil)
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, "shop", func(d *appsv1.Deployment) bool {
		return d.Spec.Paused && d.Status.ObservedGeneration == d.Generation
	})
	require.NoError(t, err, "the brake is on")
	assert.Contains(t, s.await("False", spec.ReasonServiceShared).Message, "shop-too")
	assert.Empty(t, s.versionsOf("v2"), "no pod of the new version")
	assert.Empty(t, s.weights())
	assert.Equal(t, stablePods, s.podsOf(s.stable))

	s.kubectl(cluster.Developer, "delete", "deployment", "shop-too", "--wait=true")
	s.promoted(1)
	users.unharmed()
	s.restored()
}
