package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/go-logr/zapr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"

	source "github.com/sluice-dev/sluice/pkg/analysis/prometheus"
	"github.com/sluice-dev/sluice/pkg/controller"
	"github.com/sluice-dev/sluice/pkg/notify"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/web"
)

// app is the wired program.
type app struct {
	flags      flags
	log        *zap.Logger
	registry   *prometheus.Registry
	clients    kubernetes.Interface
	events     record.EventBroadcaster
	controller *controller.Controller
	// site and notifier are nil where they aren't asked for.
	site     *web.Site
	notifier *notify.Notifier
}

// newApp wires the program; tweaks have the last word on what the controller is made of.
func newApp(f flags, tweaks ...func(*controller.Options)) (*app, error) {
	log, err := newLogger(f)
	if err != nil {
		return nil, err
	}
	config, err := clientConfig(f)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a := &app{flags: f, log: log, registry: registry, events: newBroadcaster()}
	if a.clients, err = kubernetes.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	options, err := a.options(objects)
	if err != nil {
		return nil, err
	}
	if options.Watchers, err = a.watchers(); err != nil {
		return nil, err
	}
	for _, tweak := range tweaks {
		tweak(&options)
	}
	a.controller, err = controller.New(options)
	return a, err
}

// newBroadcaster lets a long run have an event for each of its transitions: client-go's default drops those after the 25th, and then
// lets one through in five minutes.
func newBroadcaster() record.EventBroadcaster {
	return record.NewBroadcaster(record.WithCorrelatorOptions(record.CorrelatorOptions{BurstSize: 200, QPS: 1}))
}

func clientConfig(f flags) (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	config.QPS, config.Burst = float32(f.qps), f.burst
	config.UserAgent = "sluice/" + version
	return config, nil
}

// options asks the cluster what it serves and puts together what the controller is made of.
func (a *app) options(objects dynamic.Interface) (controller.Options, error) {
	f := a.flags
	mesh, err := serves(a.clients.Discovery(), schema.GroupVersion{Group: "networking.istio.io", Version: "v1"}, "VirtualService")
	if err != nil {
		return controller.Options{}, err
	}
	prometheusRules, err := serves(a.clients.Discovery(), schema.GroupVersion{Group: "monitoring.coreos.com", Version: "v1"}, "PrometheusRule")
	if err != nil {
		return controller.Options{}, err
	}
	policies, err := policyVersion(a.clients.Discovery(), f.brake)
	if err != nil {
		return controller.Options{}, err
	}
	o := controller.Options{
		Client: objects, Log: a.log, Registerer: a.registry, Version: version,
		Recorder:   a.events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "sluice"}),
		Namespaces: f.namespaceList(), RouteNamespaces: listed(f.routeNamespaces), Mesh: mesh, PrometheusRules: prometheusRules, Policies: policies, PolicyName: f.policy,
		Settle: f.settle, Drain: f.drain, Interval: f.interval,
		// Three missed rounds: one is a hiccup.
		Stale: 3*f.interval + f.scrapeInterval + f.prometheusTimeout,
		// Two scrapes make a difference that can be counted; it is looked at one interval later.
		Sight:   2*f.scrapeInterval + f.interval,
		Workers: f.workers, Domain: f.domain,
	}
	if f.brake != brakeAuto {
		o.Brake = strategy.Brake(f.brake)
	}
	if f.prometheus == "" {
		a.log.Warn("no --prometheus-address: only Deployments whose gates are off are rolled out")
		return o, nil
	}
	from, err := source.New(source.Options{
		Address: f.prometheus, BearerTokenFile: f.bearerTokenFile, CAFile: f.caFile, QueryTimeout: f.prometheusTimeout,
		Interval: f.interval, ScrapeInterval: f.scrapeInterval, Registerer: a.registry,
	})
	if err != nil {
		return controller.Options{}, err
	}
	o.Source = from
	return o, nil
}

// policyVersion is the version in which the cluster serves MutatingAdmissionPolicies, the newest first; empty: in none that is known here, or
// it doesn't matter, because the flags fix the brake.
func policyVersion(client discovery.DiscoveryInterface, brake string) (string, error) {
	if brake != brakeAuto {
		return "", nil
	}
	for _, version := range []string{"v1", "v1beta1"} {
		served, err := serves(client, schema.GroupVersion{Group: "admissionregistration.k8s.io", Version: version}, "MutatingAdmissionPolicy")
		if err != nil {
			return "", err
		}
		if served {
			return version, nil
		}
	}
	return "", nil
}

// serves says whether the cluster has a kind; a cluster that has not is no error.
func serves(client discovery.DiscoveryInterface, gv schema.GroupVersion, kind string) (bool, error) {
	list, err := client.ServerResourcesForGroupVersion(gv.String())
	switch {
	case discovery.IsGroupDiscoveryFailedError(err), isNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("what the cluster serves: %w", err)
	}
	for i := range list.APIResources {
		if list.APIResources[i].Kind == kind {
			return true, nil
		}
	}
	return false, nil
}

// run serves health and metrics at once, fills the caches, and works while it leads.
func (a *app) run(ctx context.Context) error {
	defer func() { _ = a.log.Sync() }() // standard error can't always be synced
	// What client-go has to say goes into the same log, in the same form.
	klog.SetLogger(zapr.NewLogger(a.log.Named("client-go")))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel(nil)

	if err := a.serve(ctx, cancel, &group); err != nil {
		return err
	}
	if err := a.serveSite(ctx, cancel, &group); err != nil {
		return err
	}
	if a.notifier != nil {
		// It ends after the controller, so that the last that happened is still sent.
		outlasting, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		group.Go(func() { a.notifier.Run(outlasting) })
	}
	a.events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: a.clients.CoreV1().Events("")})
	defer a.events.Shutdown()
	a.log.Info("starting", zap.String("version", version), zap.Strings("namespaces", a.flags.namespaceList()),
		zap.Duration("settle", a.flags.settle), zap.Duration("drain", a.flags.drain), zap.Int("pid", os.Getpid()))
	if err := a.controller.Start(ctx, &group); err != nil {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		return err
	}
	if !a.flags.leaderElect {
		a.controller.Lead(ctx)
		return ended(ctx)
	}
	if err := a.elect(ctx, cancel); err != nil {
		return err
	}
	return ended(ctx)
}
