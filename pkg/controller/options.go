package controller

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/record"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// fieldManager is Sluice's name in metadata.managedFields.
const fieldManager = "sluice"

// Options are what a Controller is made of.
type Options struct {
	Client   dynamic.Interface
	Recorder record.EventRecorder
	// Source gathers evidence; nil when no Prometheus is configured: Deployments with gates are then refused, with a reason.
	Source     Source
	Log        *zap.Logger
	Registerer prometheus.Registerer
	// Version is the controller's own.
	Version string
	// Watchers are told what happens.
	Watchers []watch.Watcher
	// Namespaces to watch; none means all.
	Namespaces []string
	// RouteNamespaces are those, besides a Deployment's own, whose VirtualServices it may name.
	RouteNamespaces []string
	// Mesh is true when the cluster serves VirtualServices.
	Mesh bool
	// PrometheusRules is true when the cluster serves PrometheusRules of monitoring.coreos.com/v1.
	PrometheusRules bool
	// Policies is the version in which the cluster serves MutatingAdmissionPolicies, v1 or v1beta1; empty: none, or they don't matter.
	Policies string
	// Leaving has every Deployment treated as if it weren't annotated: Sluice is being uninstalled.
	Leaving bool
	// Brake fixes the brake; empty: by whether the brake policy is installed.
	Brake strategy.Brake
	// PolicyName is the name of the brake policy and of its binding.
	PolicyName string
	// Settle, Drain: see strategy.Settings. Interval is that of evaluations.
	Settle, Drain, Interval time.Duration
	// Stale is the age at which a verdict no longer counts.
	Stale time.Duration
	// Sight is how long it takes until what happens is seen in a verdict.
	Sight time.Duration
	// Workers is how many Deployments are reconciled at once.
	Workers int
	// Domain is the cluster's DNS domain.
	Domain string
	// Now is the clock; nil: the system's.
	Now func() time.Time
}

// routeNamespaces are those whose VirtualServices are watched; none means all.
func (o *Options) routeNamespaces() []string {
	if len(o.Namespaces) == 0 {
		return nil
	}
	all := slices.Concat(o.Namespaces, o.RouteNamespaces)
	slices.Sort(all)
	return slices.Compact(all)
}

// Source is where evidence comes from. It answers one result for every subject, in their order, and takes no longer than its own
// timeout.
type Source interface {
	Collect(ctx context.Context, subjects []analysis.Subject, now time.Time) []analysis.Result
	// Rules are the alert and recording rules that Prometheus has loaded.
	Rules(ctx context.Context) (rules.Set, error)
}
