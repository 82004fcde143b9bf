package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	istio "istio.io/client-go/pkg/clientset/versioned"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/sluice-dev/sluice/test/cluster/podrunner"
)

// Cluster is a running control plane.
type Cluster struct {
	options Options
	started time.Time
	parent  *parent
	network *podrunner.Network
	folder  *folder
	users   map[string]user
	ca      []byte // PEM
	apiURL  string

	client  kubernetes.Interface
	dynamic dynamic.Interface
	istio   istio.Interface
	pods    *podrunner.Runner
	podsLog *os.File

	prometheus *prometheus
	audit      *auditLog

	mu        sync.Mutex // guards what follows
	processes []*process // in the order of their start
	stopping  bool
	stopped   sync.Once
	unwatch   func() bool // ends the watch on the context of Start
}

// Start runs a control plane with Istio's CRDs, a pod runner and Prometheus, and returns when all of it is ready. When ctx
// ends, all of it is stopped as by Stop. An error has the end of the log that explains it, and leaves nothing running.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Cluster{options: o, started: time.Now(), parent: newParent()}
	if err := c.start(ctx); err != nil {
		c.Stop()
		return nil, fmt.Errorf("start control plane: %w", err)
	}
	c.logf("ready")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unwatch = context.AfterFunc(ctx, c.Stop)
	return c, nil
}

// start does the work of Start, in order.
func (c *Cluster) start(ctx context.Context) (err error) {
	if c.folder, err = openFolder(c.options.Dir); err != nil {
		return err
	}
	if c.network, err = podrunner.NewNetwork(); err != nil {
		return fmt.Errorf("addresses: %w", err)
	}
	c.users = newUsers(c.folder.path)
	bounded, cancel := context.WithTimeout(ctx, c.options.StartTimeout)
	defer cancel()
	if err := c.startAPI(bounded); err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	if err := c.installCRDs(bounded); err != nil {
		return err
	}
	if err := c.grantUsers(bounded); err != nil {
		return err
	}
	if err := c.startControllerManager(); err != nil {
		return err
	}
	if err := c.startPodRunner(ctx); err != nil {
		return err
	}
	return c.startPrometheus(bounded)
}

// connect makes the clients and the users' kubeconfigs.
func (c *Cluster) connect() (err error) {
	for _, u := range c.users {
		if err := writeKubeconfig(u.file, c.apiURL, c.ca, u); err != nil {
			return err
		}
	}
	admin := c.Config(Admin)
	if c.client, err = kubernetes.NewForConfig(admin); err != nil {
		return fmt.Errorf("client: %w", err)
	}
	if c.dynamic, err = dynamic.NewForConfig(admin); err != nil {
		return fmt.Errorf("client: %w", err)
	}
	if c.istio, err = istio.NewForConfig(admin); err != nil {
		return fmt.Errorf("client: %w", err)
	}
	return nil
}

// startPodRunner runs pods until ctx ends or the cluster stops.
func (c *Cluster) startPodRunner(ctx context.Context) (err error) {
	c.podsLog, err = os.OpenFile(filepath.Join(c.folder.path, "pod-runner.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log of the pod runner: %w", err)
	}
	client, err := kubernetes.NewForConfig(c.Config(podRunnerUser))
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	log := slog.New(slog.NewTextHandler(c.podsLog, nil))
	c.pods, err = podrunner.Start(ctx, podrunner.Options{Client: client, Network: c.network, Log: log})
	if err != nil {
		return fmt.Errorf("pod runner: %w", err)
	}
	return nil
}

// Stop ends everything and removes the temporary folder. It returns when no process is left; more calls do nothing.
func (c *Cluster) Stop() { c.stopped.Do(c.stop) }

func (c *Cluster) stop() {
	c.mu.Lock()
	c.stopping = true
	processes, unwatch := c.processes, c.unwatch
	c.mu.Unlock()
	if unwatch != nil {
		unwatch()
	}
	// The last first: nobody should see its server go. The data go too, so no process needs the time for an orderly end.
	if c.pods != nil {
		c.pods.Close()
	}
	for _, p := range slices.Backward(processes) {
		p.kill()
	}
	var errs []error
	if c.podsLog != nil {
		errs = append(errs, c.podsLog.Close())
	}
	if c.network != nil {
		errs = append(errs, c.network.Close())
	}
	if c.folder != nil {
		errs = append(errs, c.folder.close())
	}
	c.parent.close()
	if err := errors.Join(errs...); err != nil {
		c.logf("stop: %v", err)
	}
}

// run starts a child and keeps it to be stopped with the cluster. One that ends before is reported, with its log.
func (c *Cluster) run(name, binary string, args ...string) (*process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return nil, fmt.Errorf("start %s: %w", name, errStopped)
	}
	p, err := c.parent.startProcess(c.folder.path, name, binary, args...)
	if err != nil {
		return nil, err
	}
	c.processes = append(c.processes, p)
	return p, nil
}

// errStopped is returned for what needs a running cluster.
var errStopped = errors.New("the cluster is stopped")

// watchOver reports a process that ends while the cluster lives.
func (c *Cluster) watchOver(p *process) {
	go func() {
		<-p.done
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.stopping {
			c.logf("%v", p.failure(errors.New("ended unasked")))
		}
	}()
}

// logf writes one line to the log of the options, with the time since Start.
func (c *Cluster) logf(format string, args ...any) {
	// A log that can't be written is not worth a failed start.
	_, _ = fmt.Fprintf(c.options.Log, "control plane %5.1fs: "+format+"\n",
		append([]any{time.Since(c.started).Seconds()}, args...)...)
}

// binary is the path of one of the built programs.
func (c *Cluster) binary(name string) string { return filepath.Join(c.options.BinDir, name) }

// freeAddress is host:port for a new server on the cluster's own address.
func (c *Cluster) freeAddress() (string, error) {
	port, err := c.network.FreePort()
	if err != nil {
		return "", fmt.Errorf("address: %w", err)
	}
	return net.JoinHostPort(c.network.Host(), strconv.Itoa(port)), nil
}
