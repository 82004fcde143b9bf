package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// shape is a Service other than the plainest with which a run works.
type shape struct {
	// service is in the place of the application's, as YAML; virtualService the user's.
	service, virtualService string
	annotations             map[string]string
	// name of the Service; empty: shop.
	name string
	// writes are those to the VirtualService: one for each weight, one back, and with a gRPC port one that makes both hosts known.
	writes int
	// canary asserts what the canary's Service must have of it.
	canary func(t *testing.T, svc *corev1.Service)
}

func shapes() map[string]shape {
	return map[string]shape{
		"headless": {
			writes: 3,
			service: "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {clusterIP: None, selector: {app: shop}, " +
				"ports: [{name: http, port: 80, targetPort: 8080}]}}",
			virtualService: handwritten,
			canary: func(t *testing.T, svc *corev1.Service) {
				t.Helper()
				assert.Equal(t, corev1.ClusterIPNone, svc.Spec.ClusterIP)
			},
		},
		"several ports": {
			writes: 4,
			service: "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {selector: {app: shop}, ports: [" +
				"{name: grpc, port: 9000, targetPort: 9000, appProtocol: grpc}, {name: http, port: 80, targetPort: http}, " +
				"{name: dns, port: 53, protocol: UDP}]}}",
			virtualService: handwritten,
			canary: func(t *testing.T, svc *corev1.Service) {
				t.Helper()
				require.Len(t, svc.Spec.Ports, 3)
				assert.Equal(t, "grpc", *svc.Spec.Ports[0].AppProtocol)
				assert.Equal(t, "http", svc.Spec.Ports[1].TargetPort.String())
				assert.Equal(t, corev1.ProtocolUDP, svc.Spec.Ports[2].Protocol)
			},
		},
		"one of several, by its name": {
			name: "front", writes: 3,
			service: "{apiVersion: v1, kind: List, items: [" +
				"{apiVersion: v1, kind: Service, metadata: {name: front}, spec: {type: NodePort, sessionAffinity: ClientIP, selector: {app: shop}, " +
				"ports: [{name: http, port: 80, targetPort: 8080}]}}]}",
			virtualService: strings.ReplaceAll(strings.ReplaceAll(handwritten, "host: shop", "host: front"), "hosts: [shop]", "hosts: [front]"),
			annotations:    map[string]string{spec.AnnotationService: "front"},
			canary: func(t *testing.T, svc *corev1.Service) {
				t.Helper()
				assert.Equal(t, corev1.ServiceTypeClusterIP, svc.Spec.Type, "not from outside of the cluster")
			},
		},
	}
}

func TestService_OfAnyShapeThatCanBeSplitIsUsedAsItIs(t *testing.T) {
	t.Parallel()
	all := shapes()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all[name].works(t)
		})
	}
}

func (c shape) works(t *testing.T) {
	t.Helper()
	annotations := ungated(c.annotations)
	annotations[spec.AnnotationSteps] = "50@1s,100@1s"
	s := newStage(t, setup{brake: strategy.BrakeAdmission, virtualService: c.virtualService, app: cluster.App{Annotations: annotations}})
	name := "shop"
	if c.name != "" {
		name = c.name
	} else {
		s.kubectl(cluster.Developer, "delete", "service", "shop")
	}
	s.apply(c.service)
	// From here on the Deployment alone is what is applied.
	apply := func() { require.NoError(t, s.try(s.manifest(nil), "apply", "-f", "-")) }
	before := s.raw("/api/v1/namespaces/" + s.namespace + "/services/" + name)
	require.NoError(t, data.Await(s.ctx, func(table *mesh.Table) bool {
		shares := table.Shares(mesh.Request{Namespace: s.namespace, Host: name})
		return len(shares) == 1 && shares[0].Ready == 4
	}))
	users := data.Load(s.ctx, mesh.Target{Namespace: s.namespace, Host: name}, 40)
	t.Cleanup(users.Stop)
	apply()
	s.await(metav1.ConditionTrue)
	s.app.Version = "v2"
	apply()
	canary, err := cluster.WaitFor(s.ctx, plane, s.namespace, name+"-canary", func(svc *corev1.Service) bool {
		return svc.Spec.Selector["pod-template-hash"] != hashOf(s.stable)
	})
	require.NoError(t, err)
	c.canary(t, canary)
	s.promoted(1)
	got := users.Snapshot()
	s.served(users)
	assert.Positive(t, got.Versions["v2"].Requests)
	after := s.raw("/api/v1/namespaces/" + s.namespace + "/services/" + name)
	assert.Equal(t, string(before.Spec), string(after.Spec))
	assert.Equal(t, before.Metadata.Annotations, after.Metadata.Annotations)
	assert.Equal(t, string(s.written.virtualService.Spec), string(s.objects().virtualService.Spec))
	assert.Len(t, only(s.deeds(cluster.Controller), virtualServices, "shop"), c.writes, "writes to the VirtualService")
}
