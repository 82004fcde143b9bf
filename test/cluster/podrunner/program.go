package podrunner

import (
	"context"

	corev1 "k8s.io/api/core/v1"
)

// Program is what runs in the containers of some pods in the place of this package's own server.
type Program interface {
	// Run is one run of the pod's container, until it ends by itself or the context does, which is a deletion's wish. It tells whenever its
	// readiness has changed, and returns the exit status. An error is the runner's own: the container couldn't be started.
	Run(ctx context.Context, pod *corev1.Pod, loopback string, ready func(bool)) (exitCode int32, err error)
}

// RunIn has the program run the containers of all pods of a namespace that are seen from now on. Override and Crash are not for these.
func (r *Runner) RunIn(namespace string, program Program) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.programs == nil {
		r.programs = map[string]Program{}
	}
	r.programs[namespace] = program
}

// runProgram is runContainer for a pod whose container is somebody else's to run.
func (p *pod) runProgram(ctx context.Context) (outcome, error) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-p.deleted:
		case <-p.gone:
		case <-running.Done():
		}
		stop()
	}()
	if err := p.report.running(ctx, false); err != nil {
		return aborted, err
	}
	code, err := p.program.Run(running, p.object, p.ip, func(ready bool) {
		if err := p.report.running(ctx, ready); err != nil {
			p.logError(ctx, "readiness", err)
		}
	})
	if running.Err() != nil {
		return p.stopped(ctx), nil
	}
	if err != nil {
		p.logError(ctx, "start", err)
		code = startFailed
	}
	p.report.exitCode = code
	switch policy := p.object.Spec.RestartPolicy; {
	case policy == corev1.RestartPolicyNever, policy == corev1.RestartPolicyOnFailure && code == 0:
		return completed, p.report.ended(ctx, code)
	default:
		return failed, nil
	}
}

// startFailed is the exit status of a container that couldn't be started, as container runtimes have it.
const startFailed = 128

// stopped is the outcome of a container that was told to stop.
func (p *pod) stopped(ctx context.Context) outcome {
	select {
	case <-p.gone:
		return aborted
	default:
	}
	if ctx.Err() != nil {
		return aborted
	}
	return removed
}
