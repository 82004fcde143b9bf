package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	appsclient "k8s.io/client-go/kubernetes/typed/apps/v1"
	leaseclient "k8s.io/client-go/kubernetes/typed/coordination/v1"
)

// heldLease is the Lease of the controllers, taken from whichever leads. The leader finds that out when it renews and ends; the others,
// and it too when it has been started again, wait for as long as the Lease says.
type heldLease struct {
	leases   leaseclient.LeaseInterface
	name     string
	identity string
	duration time.Duration
	log      *zap.Logger
	// deployments has the one named owner, with which the Lease is to be deleted; empty: none.
	deployments appsclient.DeploymentInterface
	owner       string
}

// during takes the Lease, waits until no other leader can be at work, calls fn while it renews the Lease, and keeps it for the time of
// hold if fn succeeded. If fn failed, it is given back at once.
func (l *heldLease) during(ctx context.Context, hold time.Duration, fn func(context.Context) error) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name of this process: %w", err)
	}
	l.identity = "release_" + host + "_" + string(uuid.NewUUID())
	if err := l.write(ctx, true, l.duration); err != nil {
		return err
	}
	l.log.Info("the Lease is taken; waiting until no controller can be at work", zap.String("name", l.name), zap.Duration("for", l.duration))
	ctx, cancel := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		if err := l.renew(ctx); err != nil {
			cancel(err)
		}
	}()
	// As long as another replica would wait: the leader that can't reach the API server ends in less.
	if err = pause(ctx, l.duration); err == nil {
		err = fn(ctx)
	}
	cancel(nil)
	<-renewed
	// The caller's time may be over; this one request is worth a little more.
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	if err != nil {
		return errors.Join(err, l.write(last, false, 0))
	}
	return l.write(last, false, hold)
}

// renew writes the Lease again and again until ctx ends.
func (l *heldLease) renew(ctx context.Context) error {
	for {
		if err := pause(ctx, l.duration/7); err != nil {
			return nil //nolint:nilerr // told to stop
		}
		err := l.write(ctx, false, l.duration)
		switch {
		case errors.Is(err, errLostLease):
			return err
		case err != nil && ctx.Err() == nil:
			l.log.Warn("renewing the Lease", zap.Error(err)) // it is tried again long before it ends
		}
	}
}

// write makes the Lease this process's for a time, 0: nobody's. Only where force is set it is taken from somebody else.
func (l *heldLease) write(ctx context.Context, force bool, valid time.Duration) error {
	owner, err := l.ownerReference(ctx, force)
	if err != nil {
		return err
	}
	for {
		lease, err := l.leases.Get(ctx, l.name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			lease = &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: l.name}}
			l.fill(lease, owner, valid)
			_, err = l.leases.Create(ctx, lease, metav1.CreateOptions{})
		case err != nil:
		case !force && (lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != l.identity):
			return errLostLease
		default:
			l.fill(lease, owner, valid)
			_, err = l.leases.Update(ctx, lease, metav1.UpdateOptions{})
		}
		if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
			continue // the leader has renewed it in between
		}
		if err != nil {
			return fmt.Errorf("the Lease %s: %w", l.name, err)
		}
		return nil
	}
}

func (l *heldLease) fill(lease *coordinationv1.Lease, owner *metav1.OwnerReference, valid time.Duration) {
	now := metav1.NowMicro()
	seconds := int32(max(valid, time.Second) / time.Second)
	spec := &lease.Spec
	if spec.HolderIdentity == nil || *spec.HolderIdentity != l.identity {
		transitions := int32(1)
		if spec.LeaseTransitions != nil {
			transitions += *spec.LeaseTransitions
		}
		spec.AcquireTime, spec.LeaseTransitions = &now, &transitions
	}
	holder := l.identity
	if valid == 0 {
		holder = ""
	}
	spec.HolderIdentity, spec.LeaseDurationSeconds, spec.RenewTime = &holder, &seconds, &now
	if owner != nil {
		lease.OwnerReferences = []metav1.OwnerReference{*owner}
	}
}

// ownerReference makes the Deployment of the controllers the owner, once: when the Lease is taken.
func (l *heldLease) ownerReference(ctx context.Context, wanted bool) (*metav1.OwnerReference, error) {
	if !wanted || l.owner == "" {
		return nil, nil //nolint:nilnil // none is wanted
	}
	d, err := l.deployments.Get(ctx, l.owner, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("--lease-owner: %w", err)
	}
	return &metav1.OwnerReference{APIVersion: "apps/v1", Kind: "Deployment", Name: d.Name, UID: d.UID}, nil
}
