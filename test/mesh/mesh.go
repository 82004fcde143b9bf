package mesh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// DefaultDelay is how long a write took to reach the clients of an idle Istio 1.31, measured.
const DefaultDelay = 100 * time.Millisecond

// Options configure a mesh.
type Options struct {
	Config     *rest.Config  // a user who may list and watch VirtualServices, Services, EndpointSlices and Pods
	Namespaces []string      // those that the mesh spans; none means all
	Delay      time.Duration // until a change takes effect at the proxies; 0 means DefaultDelay, negative none
	Seed       uint64        // of the choice of destinations and endpoints; 0 means another one each time
	Log        io.Writer     // the seed, and one line per trouble with a watch; nil discards
}

// Mesh is a running data plane. All its methods may be called from several goroutines.
type Mesh struct {
	watcher   *watcher // nil when nothing is watched
	dice      *dice
	transport *http.Transport
	exporter  *exporter
	server    *metricsServer
	cancel    context.CancelFunc
	ctx       context.Context // the life of the mesh, which no call or load outlives
	running   sync.WaitGroup

	mu      sync.Mutex
	table   *Table
	changed chan struct{} // closed and replaced when the table changes
}

// Start watches the cluster and serves metrics. The mesh knows all objects when it returns, and runs until ctx ends or Stop.
func Start(ctx context.Context, o Options) (*Mesh, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Delay == 0 {
		o.Delay = DefaultDelay
	}
	w, err := newWatcher(o.Config, o.Namespaces)
	if err != nil {
		return nil, fmt.Errorf("start mesh: %w", err)
	}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	_, _ = fmt.Fprintf(o.Log, "mesh: seed %d\n", o.Seed) // a log that can't be written is not worth a failed start
	ctx, cancel := context.WithCancel(ctx)
	m, err := newMesh(ctx, cancel, o.Seed)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start mesh: %w", err)
	}
	m.watcher = w
	p := newPropagator(max(o.Delay, 0), w.objects, m.apply)
	if err := w.start(ctx, o.Log, p.kick); err != nil {
		m.Stop()
		return nil, fmt.Errorf("start mesh: %w", err)
	}
	m.apply(w.objects())
	m.spawn(func() { p.run(ctx) })
	return m, nil
}

// newMesh is a mesh that knows no objects and watches none. It lives as long as ctx, which cancel ends.
func newMesh(ctx context.Context, cancel context.CancelFunc, seed uint64) (*Mesh, error) {
	m := &Mesh{
		ctx: ctx, cancel: cancel,
		dice: newDice(seed), transport: newTransport(), exporter: newExporter(),
		table: NewTable(Objects{}), changed: make(chan struct{}),
	}
	var err error
	if m.server, err = serveMetrics(ctx, m.exporter.registry); err != nil {
		return nil, err
	}
	m.spawn(func() { m.exporter.run(ctx) })
	m.spawn(func() {
		<-ctx.Done()
		m.server.stop()
		m.transport.CloseIdleConnections()
	})
	return m, nil
}

// apply makes the objects what the proxies know.
func (m *Mesh) apply(o Objects) {
	table := NewTable(o)
	m.exporter.setPods(o.Pods, time.Now())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.table = table
	close(m.changed)
	m.changed = make(chan struct{})
}

// Table is what the proxies know at present.
func (m *Mesh) Table() *Table {
	table, _ := m.current()
	return table
}

func (m *Mesh) current() (*Table, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.table, m.changed
}

// errStopped is why an Await ends when the mesh does.
var errStopped = errors.New("mesh stopped")

// Await returns when what the proxies know satisfies the condition, or with an error when ctx or the mesh ends before.
func (m *Mesh) Await(ctx context.Context, condition func(*Table) bool) error {
	for {
		table, changed := m.current()
		if condition(table) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("await the proxies: %w", ctx.Err())
		case <-m.ctx.Done():
			return fmt.Errorf("await the proxies: %w", errStopped)
		}
	}
}

// MetricsAddress is the host:port that serves /metrics. Scrape it with honor_labels: the series carry the labels namespace and
// pod, which in a real mesh come from the sidecar's own target.
func (m *Mesh) MetricsAddress() string { return m.server.address }

// Stop ends all loads and watches and returns when they have ended. It may be called more than once.
func (m *Mesh) Stop() {
	m.mu.Lock()
	m.cancel()
	m.mu.Unlock()
	m.running.Wait()
	if m.watcher != nil {
		m.watcher.stop()
	}
}

// spawn runs f as a part of the mesh, unless the mesh has ended: Stop must not miss what begins beside it.
func (m *Mesh) spawn(f func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ctx.Err() != nil {
		return false
	}
	m.running.Go(f)
	return true
}
