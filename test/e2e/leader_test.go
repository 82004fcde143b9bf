package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

const (
	// leaseNamespace is where the controller may keep its Lease.
	leaseNamespace = "sluice-system"
	lease          = 5 * time.Second
	// retry is how long a replica waits at most between two looks at the Lease: a seventh of it, and up to 1.2 times as much more
	// (k8s.io/client-go v0.37.2, tools/leaderelection, JitterFactor).
	retry = lease / 7 * 22 / 10
	// takeover is how long it takes at most until another replica writes: it counts the Lease's time from when it saw the leader's last
	// renewal, and looks again when that is over.
	takeover = lease + 2*retry + time.Second
)

// replica is one of several controllers. Each has an API proxy of its own, so that its writes are known from the others'.
type replica struct {
	*cluster.ControllerProcess
	name  string
	proxy *cluster.APIProxy

	mu     sync.Mutex // guards writes
	writes []replicaWrite
}

// replicaWrite is a write that the API server has carried out.
type replicaWrite struct {
	at   time.Time
	what string
}

// replica starts a controller that works while it holds the stage's Lease.
func (s *stage) replica(name string) *replica {
	s.Helper()
	proxy, err := cluster.NewAPIProxy(plane)
	require.NoError(s, err)
	s.Cleanup(func() { assert.NoError(s, proxy.Close()) })
	r := &replica{name: "controller-" + s.namespace + "-" + name, proxy: proxy}
	proxy.OnWrite(func(_ int, req *http.Request, _ int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.writes = append(r.writes, replicaWrite{time.Now(), req.Method + " " + req.URL.Path})
	})
	kubeconfig, err := proxy.Kubeconfig(cluster.Controller)
	require.NoError(s, err)
	binary := os.Getenv(binaryEnv)
	if binary != "" {
		binary, err = filepath.Abs(binary)
		require.NoError(s, err)
	}
	r.ControllerProcess, err = plane.StartController(s.ctx, cluster.ControllerOptions{
		Binary: binary, Kubeconfig: kubeconfig, Name: r.name, Args: s.flags(map[string]string{
			"leader-elect": "true", "lease-namespace": leaseNamespace, "lease-name": s.namespace, "lease-duration": lease.String(),
		}),
	})
	require.NoError(s, err)
	s.Cleanup(func() {
		if s.Failed() {
			logs, _ := r.Logs() // what there is
			s.Logf("%s:\n%s", r.name, logs)
		}
		select {
		case <-r.Done():
		default:
			require.NoError(s, r.Stop())
		}
	})
	return r
}

// wrote are the replica's writes so far.
func (r *replica) wrote() []replicaWrite {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.writes)
}

// signal sends the replica a signal.
func (r *replica) signal(s *stage, signal syscall.Signal) {
	s.Helper()
	for _, p := range plane.Processes() {
		if p.Name == r.name {
			require.NoError(s, syscall.Kill(p.PID, signal))
			return
		}
	}
	require.Fail(s, "no such process", r.name)
}

// ends waits until the replica has ended, by its own decision.
func (r *replica) ends(s *stage) {
	s.Helper()
	select {
	case <-r.Done():
	case <-s.ctx.Done():
		require.Fail(s, "it never ended", r.name)
	}
}

// loss is a way to lose the leader of two replicas.
type loss struct {
	brake  strategy.Brake
	weight int
	// happens takes the leader away.
	happens func(s *stage, leader *replica)
	// returns brings it back when the other has gone on; nil: it doesn't come back.
	returns func(s *stage, leader *replica)
	// within is how soon the other must have gone on.
	within time.Duration
}

func TestScenario26_AnotherReplicaGoesOnWhereTheLeaderWasLost(t *testing.T) {
	t.Parallel()
	kill := func(s *stage, leader *replica) { require.NoError(s, leader.Kill()) }
	for name, l := range map[string]loss{
		"killed_at_10": {brake: strategy.BrakeAdmission, weight: 10, happens: kill, within: takeover},
		"killed_at_50": {brake: strategy.BrakePaused, weight: 50, happens: kill, within: takeover},
		// It gives the Lease back, so that nobody need wait for it.
		"told_to_stop": {
			brake: strategy.BrakePaused, weight: 10, within: 2*retry + time.Second,
			happens: func(s *stage, leader *replica) { require.NoError(s, leader.Stop()) },
		},
		// It can't know whether another one leads, and must have ended by then.
		"cut_off": {
			brake: strategy.BrakeAdmission, weight: 10, within: takeover,
			happens: func(s *stage, leader *replica) {
				require.NoError(s, leader.proxy.Close())
				leader.ends(s)
			},
		},
		// It doesn't know how much time has passed, and may be about to write.
		"frozen_and_back": {
			brake: strategy.BrakePaused, weight: 50, within: takeover,
			happens: func(s *stage, leader *replica) { leader.signal(s, syscall.SIGSTOP) },
			returns: func(s *stage, leader *replica) {
				leader.signal(s, syscall.SIGCONT)
				leader.ends(s)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l.isSurvived(t)
		})
	}
}

func (l loss) isSurvived(t *testing.T) {
	t.Helper()
	s := newStage(t, setup{brake: l.brake, virtualService: handwritten, idle: true, app: cluster.App{Annotations: ungated(map[string]string{
		spec.AnnotationSteps: "10@" + hold.String() + ",50@" + hold.String() + ",100@" + hold.String(),
	})}})
	leases := plane.Client().CoordinationV1().Leases(leaseNamespace)
	t.Cleanup(func() {
		assert.NoError(t, leases.Delete(context.WithoutCancel(s.ctx), s.namespace, metav1.DeleteOptions{}))
	})
	leader := s.replica("first")
	s.annotate()
	standby := s.replica("second")
	stablePods, _ := s.live()
	users := s.load(50)
	s.push("v2", nil)
	s.untilWeight(l.weight)
	assert.Empty(t, standby.wrote(), "nobody but the leader writes")
	before, lost := len(leader.wrote()), time.Now()
	l.happens(s, leader)
	next := map[int]int{10: 50, 50: 100}[l.weight]
	s.untilWeight(next)
	if l.returns != nil {
		l.returns(s, leader)
	}
	s.promoted(1)

	took := standby.wrote()
	require.NotEmpty(t, took)
	t.Logf("%s after the loss: %s", took[0].at.Sub(lost), took[0].what)
	assert.Less(t, took[0].at.Sub(lost), l.within)
	// One that is back goes on until it is told of the other: each of its writes is decided on what the other has left.
	if l.returns == nil {
		for _, w := range leader.wrote()[before:] {
			assert.True(t, w.at.Before(took[0].at), "%s by the leader of yesterday, after %s", w.what, took[0].what)
		}
	}
	now, err := leases.Get(s.ctx, s.namespace, metav1.GetOptions{})
	require.NoError(t, err)
	assert.Equal(t, int32(1), *now.Spec.LeaseTransitions)

	canary := s.canary("v2")
	final, _ := s.live()
	assert.Equal(t, final, s.podsAt(canary, s.weighed(100)), "the pods that were judged at 100 % and those that serve at the end")
	assert.Equal(t, final, s.podsOf(canary), "the version never had other pods")
	s.keptStableUntil(s.handedOver(canary), stablePods)
	assert.Equal(t, []int{10, 50, 100, 0}, s.weights(), "every step, in order, once")
	written, _ := s.weightDeeds()
	assert.Equal(t, s.weights(), written, "writes to the VirtualService")
	s.tookItsTime(canary)
	users.unharmed()
	s.atRest()
	s.restored()
}
