package podrunner

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// nodes is how many nodes there are: more than one, so that pods of one ReplicaSet are seen on several.
const nodes = 3

// nodeName is the node of the n-th pod.
func nodeName(n int) string { return fmt.Sprintf("node-%d", n%nodes+1) }

// nodeIP is an address of the documentation range: nothing connects to a node.
func nodeIP(name string) string { return "192.0.2.1" + name[len(name)-1:] }

// createNodes makes the node objects that pods are bound to. No controller watches over nodes here, so the Ready they are
// created with stays; the taint that the API server adds to every new node concerns schedulers only.
func createNodes(ctx context.Context, client kubernetes.Interface) error {
	for i := range nodes {
		name := nodeName(i)
		now := metav1.Now()
		capacity := corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse("64"),
			corev1.ResourceMemory: resource.MustParse("256Gi"),
			corev1.ResourcePods:   resource.MustParse("1000"),
		}
		node := &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name}},
			Status: corev1.NodeStatus{
				Capacity:    capacity,
				Allocatable: capacity,
				Addresses:   []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: nodeIP(name)}},
				Conditions: []corev1.NodeCondition{{
					Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady",
					LastHeartbeatTime: now, LastTransitionTime: now,
				}},
			},
		}
		_, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create node %s: %w", name, err)
		}
	}
	return nil
}
