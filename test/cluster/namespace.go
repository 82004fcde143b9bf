package cluster

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Namespace makes a new namespace whose name begins with prefix and a hyphen. The cleanup deletes it with all that is in
// it, and does not wait until that is gone.
func (c *Cluster) Namespace(ctx context.Context, prefix string) (name string, cleanup func(), err error) {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix + "-"}}
	ns, err = c.client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
	if err != nil {
		return "", nil, fmt.Errorf("make a namespace: %w", err)
	}
	cleanup = func() {
		// The test's own context may have ended by now; the deletion must happen all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		if err := c.client.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{}); err != nil {
			c.logf("delete namespace %s: %v", ns.Name, err)
		}
	}
	return ns.Name, cleanup, nil
}
