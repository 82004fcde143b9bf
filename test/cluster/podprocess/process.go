package podprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// runToEnd starts the process, probes it, and returns its exit status. When ctx ends, or the process doesn't live, it is asked to end, and
// killed after the grace period.
func (s sandbox) runToEnd(ctx context.Context, cmd *exec.Cmd, ready func(bool)) (int32, error) {
	if ctx.Err() != nil {
		return 0, errStopped
	}
	ended, err := s.start(cmd)
	if err != nil {
		return 0, err
	}
	key := s.pod.Namespace + "/" + s.pod.Name
	s.runner.note(key, cmd.Process.Pid)
	defer s.runner.note(key, 0)

	probing, stop := context.WithCancel(ctx)
	defer stop()
	probed := make(chan struct{})
	go func() {
		defer close(probed)
		s.probe(probing, ready)
	}()
	select {
	case <-ended:
		stop()
		<-probed
		return status(cmd), nil
	case <-ctx.Done():
		<-probed
		// A kubelet reports the pod as not ready from this moment; EndpointSlices take it out of rotation even before.
		ready(false)
	case <-probed: // it doesn't live
	}
	s.end(cmd, ended)
	return status(cmd), nil
}

// start starts the process with its output in the pod's log.
func (s sandbox) start(cmd *exec.Cmd) (ended <-chan struct{}, err error) {
	out, err := os.OpenFile(s.runner.logFile(s.pod.Namespace, s.pod.Name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of pod %s: %w", s.pod.Name, err)
	}
	// By way of a pipe: the process itself writes to no file.
	log := writer{out}
	cmd.Stdout, cmd.Stderr = log, log
	if err := s.runner.options.Spawn(cmd); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", cmd.Path, err), out.Close())
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()  // its status is asked for
		_ = out.Close() // it has been written
		close(done)
	}()
	if os.Getenv(coverage) == "" {
		// Too late for the very first moment of the process, which no file is worth.
		none := &unix.Rlimit{}
		if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, none, nil); err != nil && !errors.Is(err, unix.ESRCH) {
			return nil, errors.Join(fmt.Errorf("forbid %s to write files: %w", cmd.Path, err), cmd.Process.Kill())
		}
	}
	return done, nil
}

// writer hides that a file is one, so that os/exec puts a pipe between.
type writer struct{ file *os.File }

func (w writer) Write(p []byte) (int, error) { return w.file.Write(p) }

// end asks the process to end and returns when it has.
func (s sandbox) end(cmd *exec.Cmd, ended <-chan struct{}) {
	_ = cmd.Process.Signal(syscall.SIGTERM) // one that has ended doesn't mind
	timer := time.NewTimer(grace(s.pod))
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		_ = cmd.Process.Kill() // as above
		<-ended
	}
}

// status is the exit status as a container runtime has it: 128 and the signal's number for one that was killed.
func status(cmd *exec.Cmd) int32 {
	if w, is := cmd.ProcessState.Sys().(syscall.WaitStatus); is && w.Signaled() {
		return 128 + int32(w.Signal())
	}
	return int32(cmd.ProcessState.ExitCode())
}

// note says which process a pod has; 0: none.
func (r *Runner) note(pod string, pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if pid == 0 {
		delete(r.running, pod)
		return
	}
	r.running[pod] = pid
}
