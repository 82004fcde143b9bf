package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// parent starts child processes that the kernel kills when this process ends, however it ends. The kernel's signal comes
// when the *thread* that started a child ends, and Go ends threads as it likes, so one goroutine keeps a thread for itself
// and starts them all.
type parent struct {
	starts chan func()
	closed chan struct{}
}

func newParent() *parent {
	p := &parent{starts: make(chan func()), closed: make(chan struct{})}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, after the last child
		for {
			select {
			case start := <-p.starts:
				start()
			case <-p.closed:
				return
			}
		}
	}()
	return p
}

// start runs a command's Start on the parent thread, with a process group of its own: a Ctrl-C in the terminal is ours to
// answer, in good order.
func (p *parent) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	result := make(chan error)
	select {
	case p.starts <- func() { result <- cmd.Start() }:
		return <-result
	case <-p.closed:
		return errStopped
	}
}

// Spawn starts a command which the kernel kills when this process ends, however it ends. The caller waits for it, before Stop.
func (c *Cluster) Spawn(cmd *exec.Cmd) error { return c.parent.start(cmd) }

// close ends the thread. All children must have been waited for: it would kill those that live.
func (p *parent) close() { close(p.closed) }

// process is a child that runs until it is stopped, with its output in a file.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string        // path
	done chan struct{} // closed when it has ended
	err  error         // how; valid when done is closed
}

// startProcess starts a binary. Its output is appended to <dir>/<name>.log.
func (p *parent) startProcess(dir, name, binary string, args ...string) (*process, error) {
	path := filepath.Join(dir, name+".log")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}
	defer out.Close() //nolint:errcheck // the child has its own descriptor
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	if err := p.start(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	proc := &process{name: name, cmd: cmd, log: path, done: make(chan struct{})}
	go func() {
		proc.err = cmd.Wait()
		close(proc.done)
	}()
	return proc, nil
}

// pid of the child.
func (p *process) pid() int { return p.cmd.Process.Pid }

// alive says whether the child hasn't ended yet.
func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// signal sends a signal to a child; one that has ended doesn't mind.
func (p *process) signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %s to %s: %w", s, p.name, err)
	}
	return nil
}

// pause halts the child and returns when all its threads have stopped: SIGSTOP alone lets one on another core go on for a moment.
func (p *process) pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		// WNOWAIT leaves the child's state to be waited for again.
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return fmt.Errorf("wait until %s has stopped: %w", p.name, err)
		default:
			return nil
		}
	}
}

// kill ends the child without a chance to react, and returns when it is gone.
func (p *process) kill() {
	// Only a process that has ended can refuse this signal, and then done is about to be closed.
	_ = p.signal(syscall.SIGKILL)
	<-p.done
}

// stop asks the child to end and returns how it did. After the grace time it is killed, which is an error.
func (p *process) stop(grace time.Duration) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.err
	case <-timer.C:
		p.kill()
		return fmt.Errorf("%s did not end within %s of SIGTERM", p.name, grace)
	}
}

// tail is the end of the child's output, for error messages.
func (p *process) tail() string {
	const lines = 20
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// failure describes a child that ended or did not do what it should.
func (p *process) failure(what error) error {
	if !p.alive() {
		what = fmt.Errorf("it ended (%w)", errors.Join(p.err, what))
	}
	return fmt.Errorf("%s: %w; the end of its log:\n%s", p.name, what, p.tail())
}
