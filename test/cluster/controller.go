package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// ControllerOptions of a [ControllerProcess].
type ControllerOptions struct {
	// Binary is the controller's path. Default: controller-race in the cluster's BinDir.
	Binary string
	// Kubeconfig it acts with. Default: that of the user Controller.
	Kubeconfig string
	// Args are all flags but --kubeconfig and --listen-address, which are set for it.
	Args []string
	// Name of the log file, unique among the cluster's processes. Default: controller-<port>.
	Name string
	// Web has it serve its web page, at an address that is chosen for it.
	Web bool
}

// ControllerProcess is a controller under test, as a child process that can be killed and started again.
type ControllerProcess struct {
	cluster *Cluster
	options ControllerOptions
	address string
	web     string // host:port; empty: no page

	mu      sync.Mutex // guards process
	process *process
}

// StartController starts a controller and waits until its /readyz answers with status 200. It ends with the cluster, if
// not before.
func (c *Cluster) StartController(ctx context.Context, o ControllerOptions) (*ControllerProcess, error) {
	address, err := c.freeAddress()
	if err != nil {
		return nil, err
	}
	if o.Binary == "" {
		o.Binary = c.binary("controller-race")
	}
	if o.Kubeconfig == "" {
		o.Kubeconfig = c.Kubeconfig(Controller)
	}
	if o.Name == "" {
		_, port, _ := strings.Cut(address, ":") // it has one
		o.Name = "controller-" + port
	}
	p := &ControllerProcess{cluster: c, options: o, address: address}
	if o.Web {
		if p.web, err = c.freeAddress(); err != nil {
			return nil, err
		}
		p.options.Args = append(slices.Clone(o.Args), "--web-address="+p.web)
	}
	if err := p.Restart(ctx); err != nil {
		if process := p.current(); process != nil {
			process.kill()
		}
		return nil, err
	}
	return p, nil
}

// Restart starts the controller again, with the same flags and address, after a Kill or Stop, and waits as StartController
// does.
func (p *ControllerProcess) Restart(ctx context.Context) error {
	process, err := p.launch()
	if err != nil {
		return err
	}
	return process.waitReady(ctx, http.DefaultClient, p.URL()+"/readyz")
}

// launch starts the process. The lock is not held while it becomes ready: it may be killed before it is.
func (p *ControllerProcess) launch() (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil && p.process.alive() {
		return nil, fmt.Errorf("restart %s: it runs", p.options.Name)
	}
	args := append([]string{"--kubeconfig=" + p.options.Kubeconfig, "--listen-address=" + p.address}, p.options.Args...)
	process, err := p.cluster.run(p.options.Name, p.options.Binary, args...)
	if err != nil {
		return nil, err
	}
	p.process = process
	return process, nil
}

// WebURL is the address of the web page, empty where there is none.
func (p *ControllerProcess) WebURL() string {
	if p.web == "" {
		return ""
	}
	return "http://" + p.web
}

// Kill ends the controller by SIGKILL and returns when it is gone.
func (p *ControllerProcess) Kill() error {
	p.current().kill()
	return p.races()
}

// Stop ends the controller by SIGTERM. It is an error if that takes more than half a minute, if its exit status isn't 0
// or if the race detector has found something in any of its lives.
func (p *ControllerProcess) Stop() error {
	process := p.current()
	if err := process.stop(30 * time.Second); err != nil {
		return process.failure(fmt.Errorf("stop: %w", err))
	}
	return p.races()
}

// Done is closed when the present process has ended.
func (p *ControllerProcess) Done() <-chan struct{} { return p.current().done }

// URL is the controller's own server: /metrics, /readyz and so on.
func (p *ControllerProcess) URL() string { return "http://" + p.address }

// Logs is all the controller has written, in all its lives.
func (p *ControllerProcess) Logs() (string, error) {
	text, err := os.ReadFile(filepath.Join(p.cluster.folder.path, p.options.Name+".log"))
	if err != nil {
		return "", fmt.Errorf("logs of %s: %w", p.options.Name, err)
	}
	return string(text), nil
}

func (p *ControllerProcess) current() *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process
}

// races is an error if the race detector has reported something.
func (p *ControllerProcess) races() error {
	logs, err := p.Logs()
	if err != nil {
		return err
	}
	if _, report, found := strings.Cut(logs, "WARNING: DATA RACE"); found {
		return errors.New("data race in " + p.options.Name + ":" + report)
	}
	return nil
}
