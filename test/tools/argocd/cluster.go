package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/kubectl/pkg/util/openapi"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/utils/tracing"
)

// cluster is what Argo CD's controller keeps of a cluster, but for its cache: live objects are read when they are asked for.
type cluster struct {
	config  *rest.Config
	kubectl *kube.KubectlCmd
	schema  openapi.Resources
	parser  *managedfields.GvkParser
	dryRun  diff.KubeApplier
	cleanup func()
}

func newCluster(kubeconfig string) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	// Tests ask often, and Argo CD allows itself more than client-go's defaults.
	config.QPS, config.Burst = 100, 200
	c := &cluster{config: config, kubectl: &kube.KubectlCmd{Log: klog.Background(), Tracer: tracing.NopTracer{}}}
	if c.schema, c.parser, err = c.kubectl.LoadOpenAPISchema(config); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	if c.dryRun, c.cleanup, err = c.kubectl.ManageServerSideDiffDryRuns(config); err != nil {
		return nil, fmt.Errorf("dry runs: %w", err)
	}
	return c, nil
}

func (c *cluster) close() { c.cleanup() }

// live reads what the cluster has of each target; nil where it has none.
func (c *cluster) live(ctx context.Context, targets []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	lives := make([]*unstructured.Unstructured, len(targets))
	for i, target := range targets {
		found, err := c.kubectl.GetResource(ctx, c.config, target.GroupVersionKind(), target.GetName(), target.GetNamespace())
		if err != nil && !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("%s %s: %w", target.GetKind(), target.GetName(), err)
		}
		if err == nil {
			lives[i] = found
		}
	}
	return lives, nil
}
