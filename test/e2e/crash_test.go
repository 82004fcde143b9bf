package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// hold is how long each step of the runs below lasts at least: longer than it takes to start a controller, so that a step whose time
// went on while nobody was there, or that is not waited for, shows.
const hold = 2 * time.Second

// moment is by how much a time may fall short: a step begins with the decision, which the record keeps, and on a busy machine it
// takes its time until the weight is written as well. Whoever is killed there needs longer to be back.
const moment = 750 * time.Millisecond

// course is a run that is interrupted at each of its writes in turn.
type course struct {
	setup
	// rollOut brings the run about and waits for its end.
	rollOut func(s *stage)
	// finish asserts what that must look like.
	finish func(s *stage, stablePods []string)
}

func TestScenario25_AControllerKilledAfterAnyWriteOfAPromotion(t *testing.T) {
	t.Parallel()
	course{
		setup: setup{virtualService: handwritten, app: cluster.App{Annotations: ungated(map[string]string{
			spec.AnnotationSteps: fmt.Sprintf("10@%s,50@%s,100@%s", hold, hold, hold),
		})}},
		rollOut: func(s *stage) {
			s.push("v2", nil)
			s.promoted(1)
		},
		finish: func(s *stage, stablePods []string) {
			canary := s.canary("v2")
			final, _ := s.live()
			assert.Len(s, final, 4)
			assert.Equal(s, final, s.podsAt(canary, s.weighed(100)), "the pods that were judged at 100 % and those that serve at the end")
			assert.Equal(s, final, s.podsOf(canary), "the version never had other pods")
			s.keptStableUntil(s.handedOver(canary), stablePods)
			assert.Equal(s, []int{10, 50, 100, 0}, s.weights(), "every step, in order, once")
			s.tookItsTime(canary)
			s.atRest()
			assert.Equal(s, "2", s.deployment().Annotations[revision])
		},
	}.isKilledEverywhere(t)
}

func TestScenario25_AControllerKilledAfterAnyWriteOfAnAbort(t *testing.T) {
	t.Parallel()
	course{
		setup: setup{virtualService: handwritten, app: cluster.App{Annotations: ungated(map[string]string{
			spec.AnnotationSteps: "10@0s,50@pause",
		})}},
		rollOut: func(s *stage) {
			s.push("v2", nil)
			s.untilWeight(50)
			s.command(spec.VerbAbort, s.canary("v2"))
			s.aborted(1)
		},
		finish: func(s *stage, stablePods []string) {
			s.cleared(s.canary("v2"))
			uids, _ := s.live()
			assert.Equal(s, stablePods, uids, "pods")
			s.keptStableUntil(s.lastRevision(), stablePods)
			assert.Equal(s, []int{10, 50, 0}, s.weights(), "every step, in order, once, and back at once")
			assert.True(s, s.deployment().Spec.Paused)
			assert.Equal(s, string(spec.ReasonCommand), s.conditionNow().Reason)
			s.failed(<-s.rolloutStatus())
		},
	}.isKilledEverywhere(t)
}

// tookItsTime asserts that between a weight and the first thing that Sluice did for the next one each step had its time.
func (s *stage) tookItsTime(canary string) {
	s.Helper()
	weights, at := s.weightDeeds()
	next := func(after time.Time, resource, name string) time.Time {
		for _, d := range only(s.deeds(cluster.Controller), resource, name) {
			if d.Time.After(after) {
				return d.Time
			}
		}
		require.Fail(s, "nothing was done afterwards", "%s %s", resource, name)
		return time.Time{}
	}
	for i, weight := range weights {
		if weight == 0 || i > 0 && weights[i-1] == weight {
			continue
		}
		ended := time.Time{}
		if weight == 100 {
			ended = next(at[i], services, s.app.Name)
		} else {
			ended = next(at[i], replicaSets, canary)
		}
		assert.GreaterOrEqual(s, ended.Sub(at[i]), hold-moment, "time at %d %%", weight)
	}
}

// write is the nth, from 1, of the writes of a kind: method and path.
type write struct {
	kind string
	nth  int
}

// numbered tells writes of one kind apart.
func numbered(kinds []string) []write {
	seen := map[string]int{}
	writes := make([]write, 0, len(kinds))
	for _, kind := range kinds {
		seen[kind]++
		writes = append(writes, write{kind, seen[kind]})
	}
	return writes
}

// isKilledEverywhere counts the writes of an undisturbed run and then has one run for each, in which the controller is killed between
// that write's effect and its answer.
func (c course) isKilledEverywhere(t *testing.T) {
	t.Helper()
	undisturbed := c.run(t, write{})
	require.NotEmpty(t, undisturbed)
	t.Logf("%d writes: %v", len(undisturbed), undisturbed)
	var mu sync.Mutex
	killedAt := map[string]bool{}
	t.Run("killed", func(t *testing.T) {
		for n, at := range numbered(undisturbed) {
			t.Run(fmt.Sprintf("after_write_%02d", n+1), func(t *testing.T) {
				t.Parallel()
				if !slices.Contains(numbered(c.run(t, at)), at) {
					t.Logf("this run had no write %d of %s: there was nothing to kill", at.nth, at.kind)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				killedAt[at.kind] = true
			})
		}
	})
	// How many writes of a kind there are varies by a few, with what is seen together and what one after the other; the kinds don't.
	assert.Subset(t, slices.Collect(maps.Keys(killedAt)), undisturbed, "kinds of writes after which a controller was killed")
}

// run is one run, in which the controller is killed after one write, unless that is none, and started again. It returns the writes in
// words.
func (c course) run(t *testing.T, at write) []string {
	t.Helper()
	proxy, err := cluster.NewAPIProxy(plane)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, proxy.Close()) })
	kubeconfig, err := proxy.Kubeconfig(cluster.Controller)
	require.NoError(t, err)
	// Short waits: there are many runs. They are still several times what the proxies take to learn of a change.
	c.flags = map[string]string{"settle": "500ms", "drain": "500ms"}
	c.kubeconfig = kubeconfig
	s := newStage(t, c.setup)
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(25)

	killed := make(chan error, 1)
	var mu sync.Mutex
	var writes []string
	times := 0
	proxy.OnWrite(func(_ int, req *http.Request, _ int) {
		mu.Lock()
		defer mu.Unlock()
		kind := strings.ReplaceAll(req.Method+" "+req.URL.Path, s.namespace, "ns")
		writes = append(writes, kind)
		if kind == at.kind {
			times++
			if times == at.nth {
				killed <- s.controller.Kill()
			}
		}
	})
	revived := make(chan error, 1)
	go func() {
		select {
		case err := <-killed:
			if err == nil {
				err = s.controller.Restart(s.ctx)
			}
			revived <- err
		case <-s.ctx.Done():
		}
	}()
	c.rollOut(s)
	users.unharmed()
	c.finish(s, stablePods)
	s.restored()
	mu.Lock()
	defer mu.Unlock()
	if at.nth > 0 && times >= at.nth {
		require.NoError(t, <-revived)
	}
	return slices.Clone(writes)
}
