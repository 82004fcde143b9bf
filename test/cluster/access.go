package cluster

import (
	"path/filepath"

	istio "istio.io/client-go/pkg/clientset/versioned"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/sluice-dev/sluice/test/cluster/podrunner"
)

// Dir has the data, logs (*.log) and kubeconfigs of the cluster.
func (c *Cluster) Dir() string { return c.folder.path }

// Client acts as the admin.
func (c *Cluster) Client() kubernetes.Interface { return c.client }

// Dynamic acts as the admin on objects of any kind.
func (c *Cluster) Dynamic() dynamic.Interface { return c.dynamic }

// Istio acts as the admin on Istio's objects.
func (c *Cluster) Istio() istio.Interface { return c.istio }

// Pods runs the cluster's pods: to crash one, or to change how they behave.
func (c *Cluster) Pods() *podrunner.Runner { return c.pods }

// FreeAddress is a free host:port on a loopback address that belongs to this cluster alone: whoever listens there meets
// no other test.
func (c *Cluster) FreeAddress() (string, error) { return c.freeAddress() }

// AuditLog is the path of the API server's audit log, for a look by hand.
func (c *Cluster) AuditLog() string { return filepath.Join(c.folder.path, auditFile) }

// Loopback translates a pod's address in the API (10.244.a.b) to the one its server really listens on (127.244.a.b).
func Loopback(podIP string) string { return podrunner.Loopback(podIP) }

// Binary is the path of one of the programs that `make tools` has built.
func (c *Cluster) Binary(name string) string { return c.binary(name) }

// Process is a child of this process.
type Process struct {
	Name string
	PID  int
	Log  string // path
}

// Processes are the children that run, in the order of their start.
func (c *Cluster) Processes() []Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	var running []Process
	for _, p := range c.processes {
		if p.alive() {
			running = append(running, Process{Name: p.name, PID: p.pid(), Log: p.log})
		}
	}
	return running
}
