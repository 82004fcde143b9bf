package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"go.uber.org/zap"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/sluice-dev/sluice/pkg/controller"
)

// release is the sub-command of that name; it returns the exit status.
func release(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, err := parseReleaseFlags(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "controller release:", err)
		return 2
	}
	if err := takeOut(ctx, f); err != nil {
		fmt.Fprintln(stderr, "controller release:", err)
		return 1
	}
	fmt.Fprintln(stdout, "nothing of Sluice is left")
	return 0
}

// takeOut takes Sluice out of every Deployment.
func takeOut(ctx context.Context, f releaseFlags) error {
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("not done within --timeout=%s", f.timeout))
	defer cancel()
	a, err := newApp(f.flags, func(o *controller.Options) { o.Leaving = true })
	if err != nil {
		return err
	}
	defer func() { _ = a.log.Sync() }() // standard error can't always be synced
	a.events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: a.clients.CoreV1().Events("")})
	defer a.events.Shutdown()
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	if err := a.controller.Start(ctx, &group); err != nil {
		return fmt.Errorf("%w: %w", err, context.Cause(ctx))
	}
	if err := a.refuse(f); err != nil {
		return err
	}
	if !f.leaderElect {
		return a.work(ctx, f)
	}
	lease := &heldLease{
		leases: a.clients.CoordinationV1().Leases(f.leaseNamespace), name: f.leaseName, duration: f.leaseDuration,
		log: a.log, deployments: a.clients.AppsV1().Deployments(f.leaseNamespace), owner: f.leaseOwner,
	}
	return lease.during(ctx, f.hold, func(ctx context.Context) error {
		// A run may have begun while the controllers were being stopped.
		if err := a.refuse(f); err != nil {
			return err
		}
		return a.work(ctx, f)
	})
}

// refuse is an error that names the Deployments that aren't at rest, where that matters.
func (a *app) refuse(f releaseFlags) error {
	if !f.refuseUnlessAtRest {
		return nil
	}
	return named("refused, and nothing was changed: Kubernetes would roll out what these Deployments say, unjudged. "+
		"Wait until they are promoted, revert their templates, or leave --refuse-unless-at-rest out", a.controller.Unrested())
}

// named is an error with every remnant, nil without any.
func named(why string, left []controller.Remnant) error {
	if len(left) == 0 {
		return nil
	}
	text := why
	for _, r := range left {
		text += "\n  " + r.String()
	}
	return errors.New(text)
}

// work releases every Deployment, then the brake, then those that it braked meanwhile.
func (a *app) work(ctx context.Context, f releaseFlags) error {
	var group sync.WaitGroup
	leading, stop := context.WithCancel(ctx)
	defer group.Wait()
	defer stop()
	group.Go(func() { a.controller.Lead(leading) })
	if err := a.untilNothingIsLeft(ctx); err != nil || !f.deleteBrake {
		return err
	}
	if err := a.deleteBrake(ctx); err != nil {
		return err
	}
	return a.untilNothingIsLeft(ctx)
}

// untilNothingIsLeft says what it waits for whenever that has changed.
func (a *app) untilNothingIsLeft(ctx context.Context) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for {
		left := a.controller.Left()
		if len(left) == 0 {
			return nil
		}
		text := fmt.Sprint(left)
		if text != last {
			a.log.Info("still there", zap.Int("deployments", len(left)), zap.Stringer("first", left[0]))
		}
		last = text
		select {
		case <-ctx.Done():
			return named(fmt.Sprintf("%s; this is left", context.Cause(ctx)), left)
		case <-tick.C:
		}
	}
}

// policyRefresh is how long an API server may go on applying a policy whose binding is gone: it looks once a second whether its policies
// have changed (k8s.io/apiserver v0.37.2, pkg/admission/plugin/policy/generic/policy_source.go, Run).
const policyRefresh = 2 * time.Second

// deleteBrake deletes the binding of the brake policy, where there is one, and waits until no API server goes by it.
func (a *app) deleteBrake(ctx context.Context) error {
	version, err := policyVersion(a.clients.Discovery(), brakeAuto)
	if err != nil || version == "" {
		return err
	}
	switch version {
	case "v1":
		err = a.clients.AdmissionregistrationV1().MutatingAdmissionPolicyBindings().Delete(ctx, a.flags.policy, metav1.DeleteOptions{})
	default:
		err = a.clients.AdmissionregistrationV1beta1().MutatingAdmissionPolicyBindings().Delete(ctx, a.flags.policy, metav1.DeleteOptions{})
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("the brake: %w", err)
	}
	a.log.Info("the binding of the brake policy is gone", zap.String("name", a.flags.policy))
	return pause(ctx, policyRefresh)
}

// pause waits, or returns why ctx has ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
