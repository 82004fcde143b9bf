package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sluice-dev/sluice/manifests"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/demo/observe"
	"github.com/sluice-dev/sluice/test/mesh"
)

// stage is everything that runs.
type stage struct {
	cluster    *cluster.Cluster
	mesh       *mesh.Mesh
	controller *cluster.ControllerProcess
	observer   *observe.Observer
	app        cluster.App
	load       *mesh.Load
}

// errController tells that nothing more will happen.
var errController = errors.New("the controller has ended")

// build starts the parts, one on top of the other: the first version of the application serves users when it returns, and is
// Sluice's. What was started when an error comes up is stopped by close, too.
func (s *stage) build(ctx context.Context, controller string, log io.Writer) (err error) {
	say := func(format string, args ...any) { fmt.Fprintf(log, format+"\n", args...) }
	say("starting etcd, kube-apiserver, kube-controller-manager and Prometheus")
	if s.cluster, err = cluster.Start(ctx, cluster.Options{Log: log}); err != nil {
		return err
	}
	say("starting the data plane")
	if s.mesh, err = mesh.Start(ctx, mesh.Options{Config: s.cluster.Config(cluster.Admin)}); err != nil {
		return err
	}
	if err := s.cluster.ScrapeMesh(ctx, s.mesh.MetricsAddress()); err != nil {
		return err
	}
	say("installing Sluice: its permissions, the brake policy, the controller")
	for _, manifest := range []string{manifests.RBAC, manifests.Brake} {
		if _, err := s.cluster.KubectlAs(ctx, cluster.Admin, manifest, "apply", "-f", "-"); err != nil {
			return err
		}
	}
	if s.controller, err = s.cluster.StartController(ctx, cluster.ControllerOptions{
		Binary: controller, Name: "controller", Args: s.flags(), Web: true,
	}); err != nil {
		return err
	}
	// For dashboards and alert rules to look at what is kept.
	if err := s.cluster.ScrapeController(ctx, s.controller); err != nil {
		return err
	}
	say("deploying %s v1, %d pods, and sending it %d requests/s", name, replicas, rate)
	return s.deploy(ctx)
}

// flags suit a mesh that learns of a change within 0.1 s and a Prometheus that scrapes every second.
func (s *stage) flags() []string {
	return []string{
		"--prometheus-address=" + s.cluster.PrometheusURL(), "--prometheus-timeout=3s",
		"--settle=2s", "--drain=2s", "--interval=1s", "--scrape-interval=1s",
		"--brake=auto", "--log-format=console",
	}
}

// deploy rolls the first version out, begins to watch and to send requests, and hands the Deployment over to Sluice.
func (s *stage) deploy(ctx context.Context) (err error) {
	if _, err := s.cluster.Kubectl(ctx, "create", "namespace", namespace); err != nil {
		return err
	}
	s.app = cluster.App{Namespace: namespace, Name: name, Replicas: replicas, Version: "v1", Env: healthy(), VirtualService: true}
	if _, err := s.app.Deploy(ctx, s.cluster); err != nil {
		return err
	}
	s.observer, err = observe.Start(ctx, observe.Options{
		Client: s.cluster.Client(), Dynamic: s.cluster.Dynamic(), Namespace: namespace, Name: name,
		Controller: s.controller.URL(), Prometheus: s.cluster.PrometheusURL(),
	})
	if err != nil {
		return err
	}
	s.load = s.mesh.Load(ctx, mesh.Target{Namespace: namespace, Host: name}, rate)
	s.app.Annotations = annotations()
	if err := s.app.Apply(ctx, s.cluster); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errors.New("it took more than 30 s"))
	defer cancel()
	if _, err := s.observer.Await(bounded, atRest); err != nil {
		return fmt.Errorf("wait until Sluice has taken the Deployment: %w", err)
	}
	return nil
}

// guard ends the context that it returns when the controller ends before its time.
func (s *stage) guard(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-ctx.Done():
		case <-s.controller.Done():
			logs, _ := s.controller.Logs() // what there is
			const most = 4000
			cancel(fmt.Errorf("%w; the end of its log:\n%s", errController, logs[max(0, len(logs)-most):]))
		}
	}()
	return ctx, func() { cancel(nil) }
}

// close stops what was started, the last first.
func (s *stage) close() {
	if s.load != nil {
		s.load.Stop()
	}
	if s.mesh != nil {
		s.mesh.Stop()
	}
	if s.cluster != nil {
		s.cluster.Stop()
	}
	if s.observer != nil {
		s.observer.Wait()
	}
}
