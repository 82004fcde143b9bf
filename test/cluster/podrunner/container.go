package podrunner

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// runContainer is one run of the application, from its start to its crash, its completion or the pod's deletion.
func (p *pod) runContainer(ctx context.Context) (outcome, error) {
	listeners, err := listen(p.ip, tcpPorts(p.object))
	if err != nil {
		return aborted, err
	}
	app := serve(listeners, newApp(p.object.Name, &p.behaviour))
	defer app.close()

	b := *p.behaviour.Load()
	timers := startTimers(b, p.object.Spec.RestartPolicy, p.report.restarts)
	defer timers.stop()
	ready := b.ReadyAfter == 0 && !b.NeverReady
	if err := p.report.running(ctx, ready); err != nil {
		return aborted, err
	}
	for {
		select {
		case <-ctx.Done():
			return aborted, nil
		case <-p.gone:
			return aborted, nil
		case <-p.deleted:
			return p.shutDown(ctx)
		case <-p.crash:
			return failed, nil
		case <-timers.crash:
			return failed, nil
		case <-timers.ready:
			if err := p.report.running(ctx, true); err != nil {
				return aborted, err
			}
		case <-timers.end:
			if b.ExitCode != 0 && p.object.Spec.RestartPolicy == corev1.RestartPolicyOnFailure {
				return failed, nil
			}
			return completed, p.report.ended(ctx, b.ExitCode)
		}
	}
}

// shutDown serves on for as long as the application does after its deletion. A kubelet reports the pod as not ready from
// that moment, and EndpointSlices take it out of rotation even before.
func (p *pod) shutDown(ctx context.Context) (outcome, error) {
	delay := p.behaviour.Load().ShutdownDelay
	if delay == 0 {
		return removed, nil
	}
	if err := p.report.running(ctx, false); err != nil {
		return aborted, err
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return aborted, nil
	case <-p.gone:
		return aborted, nil
	case <-timer.C:
		return removed, nil
	}
}

// containerTimers are the moments in a container's run; those that never come are nil.
type containerTimers struct {
	ready, crash, end <-chan time.Time
	all               []*time.Timer
}

// startTimers sets the timers for a container that has been restarted so many times.
func startTimers(b Behaviour, policy corev1.RestartPolicy, restarts int32) *containerTimers {
	t := &containerTimers{}
	if b.ReadyAfter > 0 && !b.NeverReady {
		t.ready = t.after(b.ReadyAfter)
	}
	if b.CrashAfter > 0 && (b.CrashTimes == 0 || int(restarts) < b.CrashTimes) {
		t.crash = t.after(b.CrashAfter)
	}
	if policy == corev1.RestartPolicyNever || policy == corev1.RestartPolicyOnFailure {
		t.end = t.after(b.RunFor)
	}
	return t
}

func (t *containerTimers) after(d time.Duration) <-chan time.Time {
	timer := time.NewTimer(d)
	t.all = append(t.all, timer)
	return timer.C
}

func (t *containerTimers) stop() {
	for _, timer := range t.all {
		timer.Stop()
	}
}
