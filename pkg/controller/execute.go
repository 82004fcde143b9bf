package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// errStale means that an action was decided on a state that is no longer the one in the caches.
var errStale = errors.New("planned on an old state")

// isStale says that a write was refused because its object has changed: the next Plan sees it as it is.
func isStale(err error) bool {
	return errors.Is(err, errStale) || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)
}

// pass carries out the actions of one Decision.
type pass struct {
	*Controller
	key strategy.Key
	d   *deployment
	// seen is what the watchers were told of the Deployment in this pass.
	seen watch.Rollout
	// before is the record that the Decision was made on, then what this pass has written; nil: none.
	before *strategy.Record
	// recordUID is the UID of the record, which may have been made by an action of this very pass.
	recordUID types.UID
	// versions maps the resourceVersion that an action was decided on to the one that our own earlier write has made of it.
	versions map[string]string
}

// execute carries out the actions in order and stops at the first error.
func (c *Controller) execute(ctx context.Context, o *strategy.Observed, decision strategy.Decision, seen watch.Rollout) error {
	p := &pass{Controller: c, key: o.Key, seen: seen, before: o.Record, versions: map[string]string{}}
	p.d, _ = c.caches.deployments.get(o.Key.Namespace, o.Key.Name)
	if o.Record != nil {
		p.recordUID = types.UID(o.Record.UID)
	}
	for _, action := range decision.Actions {
		if err := p.act(ctx, action); err != nil {
			err = fmt.Errorf("%T for %s: %w", action, o.Key, err)
			if write, ok := action.(strategy.WriteRecord); ok && write.BestEffort && !isStale(err) {
				c.log.Error("the record could not be written; the abort goes on without it", zap.Stringer("deployment", o.Key), zap.Error(err))
				continue
			}
			return err
		}
	}
	return nil
}

//nolint:cyclop // one case for every action, checked to be complete
func (p *pass) act(ctx context.Context, action strategy.Action) error {
	switch a := action.(type) {
	case strategy.WriteRecord:
		return p.writeRecord(ctx, a)
	case strategy.SetBrake:
		return p.setBrake(ctx, a)
	case strategy.SetConditions:
		return p.setConditions(ctx, a)
	case strategy.Pin:
		return p.pin(ctx, a)
	case strategy.EnsureCanaryService:
		return p.ensureCanaryService(ctx, a)
	case strategy.CreateCanary:
		return p.createCanary(ctx, a)
	case strategy.Capture:
		return p.capture(ctx, a)
	case strategy.HandOver:
		return p.handOver(ctx, a)
	case strategy.Scale:
		return p.scale(ctx, a)
	case strategy.DeleteReplicaSet:
		return p.deleteReplicaSet(ctx, a)
	case strategy.SetWeight:
		return p.setWeight(ctx, a)
	case strategy.RestoreRoute:
		return p.restoreRoute(ctx, a)
	case strategy.CreateRoute:
		return p.createRoute(ctx, a)
	case strategy.DeleteRoute:
		return p.deleteRoute(ctx, a)
	case strategy.EnsurePolicy:
		return p.ensurePolicy(ctx, a)
	case strategy.DeletePolicy:
		return p.deletePolicy(ctx, a)
	case strategy.CreateJob:
		return p.createJob(ctx, a)
	case strategy.DeleteJob:
		return p.deleteJob(ctx, a)
	case strategy.DeleteService:
		return p.deleteService(ctx, a)
	case strategy.Forget:
		return p.forget(ctx, a)
	case strategy.Emit:
		p.emit(a)
		return nil
	default:
		return fmt.Errorf("unknown action %T", action)
	}
}

// emit tells users of a transition by an event on the Deployment; delivery is not waited for.
func (p *pass) emit(a strategy.Emit) {
	p.told.happened(watch.Transition{Rollout: p.seen, Warning: a.Warning, Reason: a.Reason, Message: a.Message})
	if p.d == nil {
		return
	}
	level := corev1.EventTypeNormal
	if a.Warning {
		level = corev1.EventTypeWarning
	}
	p.options.Recorder.Event(&corev1.ObjectReference{
		APIVersion: kindDeployment().GroupVersion().String(), Kind: kindDeployment().gvk.Kind,
		Namespace: p.key.Namespace, Name: p.key.Name, UID: p.d.UID, ResourceVersion: p.d.ResourceVersion,
	}, level, string(a.Reason), cut(a.Message))
}

// maxEvent is how long the message of an event may be (k8s.io/kubernetes v1.37.2, pkg/apis/core/validation/events.go, NoteLengthLimit).
const maxEvent = 1024

func cut(message string) string {
	if len(message) <= maxEvent {
		return message
	}
	return strings.ToValidUTF8(message[:maxEvent-len("…")], "") + "…"
}
