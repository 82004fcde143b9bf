package mesh

import (
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

func TestEndpoints(t *testing.T) {
	conditions := func(ready *bool) discoveryv1.EndpointConditions { return discoveryv1.EndpointConditions{Ready: ready} }
	table := NewTable(Objects{
		Services: []*corev1.Service{kubeService("prod", "shop", 80), kubeService("prod", "other", 80)},
		EndpointSlices: []*discoveryv1.EndpointSlice{
			{
				ObjectMeta: endpoints("prod", "shop", 80, 0).ObjectMeta,
				Ports:      []discoveryv1.EndpointPort{{Name: new("port-80"), Port: new(int32(8080))}, {Name: new("port-9"), Port: nil}},
				Endpoints: []discoveryv1.Endpoint{
					{Addresses: []string{"10.244.0.3"}, Conditions: conditions(new(true))},
					{Addresses: []string{"10.244.0.2"}, Conditions: conditions(nil)},
					{Addresses: []string{"10.244.0.9"}, Conditions: conditions(new(false))},
					{Addresses: nil, Conditions: conditions(new(true))},
				},
			},
			endpoints("prod", "shop", 80, 8080, "10.244.0.3", "10.244.0.1"),
			endpoints("prod", "gone", 80, 8080, "10.244.0.8"),
		},
	})
	var got []string
	for i := range 3 {
		d := table.Route(Request{Namespace: "prod", Host: "shop", Path: "/"}, func(n int) int {
			assert.Equal(t, 3, n, "ready ones (unsaid is ready), each once though two slices have it")
			return i
		})
		got = append(got, d.Endpoint.Address)
	}
	assert.Equal(t, []string{"10.244.0.1", "10.244.0.2", "10.244.0.3"}, got)
}

func TestNewPod(t *testing.T) {
	for sentence, test := range map[string]struct {
		pod  string
		want Pod
	}{
		"of a Deployment": {
			`metadata: {labels: {pod-template-hash: 5d4f, app: shop, version: v2},
			  ownerReferences: [{kind: ReplicaSet, name: shop-a-5d4f, controller: true}]}`,
			Pod{Workload: "shop-a", App: "shop", Version: "v2"},
		},
		"of a ReplicaSet by itself": {
			`metadata: {ownerReferences: [{kind: ReplicaSet, name: shop-a, controller: true}]}`, Pod{Workload: "shop-a"},
		},
		"of a StatefulSet": {
			`metadata: {ownerReferences: [{kind: StatefulSet, name: db, controller: true}]}`, Pod{Workload: "db"},
		},
		"of nobody": {`metadata: {}`, Pod{Workload: "shop-5d4f-abcde"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			test.want.Namespace, test.want.Name = "prod", "shop-5d4f-abcde"
			assert.Equal(t, test.want, newPod("prod", "shop-5d4f-abcde", parse[corev1.Pod](t, test.pod)))
		})
	}
	t.Run("not listed yet", func(t *testing.T) {
		assert.Equal(t, "shop-a", newPod("prod", "shop-a-5d4f-abcde", nil).Workload)
		assert.Equal(t, "single-pod", newPod("prod", "single-pod", nil).Workload)
	})
}
