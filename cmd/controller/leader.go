package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

var errLostLease = errors.New("the lease was lost: another replica may lead")

// elect works while this replica holds the Lease. Losing it ends the process: nothing of a leader's state is worth keeping, and
// nothing may be written any more. The Lease is released on the way out, so that another replica need not wait for it to expire.
func (a *app) elect(ctx context.Context, cancel context.CancelCauseFunc) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name of this replica: %w", err)
	}
	identity := host + "_" + string(uuid.NewUUID())
	stopped := make(chan struct{})
	var led atomic.Bool
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: a.flags.leaseNamespace, Name: a.flags.leaseName},
			Client:     a.clients.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		},
		LeaseDuration:   a.flags.leaseDuration,
		RenewDeadline:   a.flags.leaseDuration * 2 / 3,
		RetryPeriod:     a.flags.leaseDuration / 7,
		ReleaseOnCancel: true,
		Name:            a.flags.leaseName,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) {
				defer close(stopped)
				led.Store(true)
				a.log.Info("leading", zap.String("identity", identity))
				a.controller.Lead(ctx)
			},
			// One that was frozen for longer than the lease learns here that another leads, not only when its renewals have failed for
			// long enough.
			OnNewLeader: func(leader string) {
				if led.Load() && leader != identity {
					cancel(errLostLease)
				}
			},
			OnStoppedLeading: func() { cancel(errLostLease) },
		},
	})
	if err != nil {
		return fmt.Errorf("leader election: %w", err)
	}
	elector.Run(ctx)
	if elector.IsLeader() {
		<-stopped
	}
	return nil
}

// ended is nil for a context that ended because the program was told to stop.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}
