package strategy_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// crashes are the ways in which a controller may die around one action: before the write, after it, or after it with time lost until
// the next one starts.
var crashes = []struct {
	name  string
	after bool
	pause time.Duration
}{
	{"before action", false, 0},
	{"after action", true, 0},
	{"after action, down for a minute, at", true, time.Minute},
}

// crashAt makes the controller die around its n-th action from now on.
func (w *world) crashAt(n int, after bool, pause time.Duration) {
	if after {
		n++
	}
	w.refused = func(strategy.Action) bool {
		n--
		if n > 0 {
			return false
		}
		w.refused = nil
		w.crashing = true
		w.now = w.now.Add(pause)
		return true
	}
}

func TestACrashAroundAnyActionOfAHealthyRunStillPromotesTheSamePods(t *testing.T) {
	for _, crash := range crashes {
		for _, routed := range []bool{true, false} {
			for n := 1; ; n++ {
				name := fmt.Sprintf("%s %d, routed %t", crash.name, n, routed)
				w := running(t, 4)
				if !routed {
					delete(w.routes, app)
				}
				w.calm(t)
				w.laws = newLaws()
				w.push("v2")
				w.crashAt(n, crash.after, crash.pause)
				w.advance(t, 20*time.Minute)
				require.Empty(t, w.laws.broken, name)
				require.Equal(t, strategy.PhaseAtRest, w.last.Status.Phase, "%s: %s\n%s", name, w.last.Status.Message, w)
				assert.Empty(t, w.restored(), name)
				record := w.read()
				require.Len(t, record.History, 1, name)
				assert.Equal(t, strategy.ResultPromoted, record.History[0].Result, name)
				assert.Equal(t, []int{10, 50, 100}, weightsOf(record.History[0].Weights), name)
				assert.False(t, w.dep.paused, name)
				assert.Equal(t, 4, w.templateSet("v2").available, name)
				assert.Equal(t, 0, w.templateSet("v1").replicas, name)
				if w.refused != nil {
					t.Logf("%s: %d actions", crash.name, n-1)
					break
				}
			}
		}
	}
}

func TestACrashAroundAnyActionOfAFailingRunStillAborts(t *testing.T) {
	for _, crash := range crashes {
		for n := 1; ; n++ {
			name := fmt.Sprintf("%s %d", crash.name, n)
			w := running(t, 4)
			w.laws = newLaws()
			w.modeAt[50] = "fail"
			w.push("v2")
			w.crashAt(n, crash.after, crash.pause)
			w.advance(t, 20*time.Minute)
			require.Empty(t, w.laws.broken, name)
			require.Equal(t, strategy.PhaseAborted, w.last.Status.Phase, "%s: %s\n%s", name, w.last.Status.Message, w)
			assert.Empty(t, w.restored(), name)
			record := w.read()
			require.Len(t, record.History, 1, name)
			assert.Equal(t, strategy.ResultAborted, record.History[0].Result, name)
			assert.Equal(t, []int{10, 50, 0}, weightsOf(record.History[0].Weights), name)
			assert.True(t, w.dep.paused, name)
			assert.Equal(t, 0, w.templateSet("v2").replicas, name)
			assert.Equal(t, 4, w.templateSet("v1").available, name)
			assert.Equal(t, "ProgressDeadlineExceeded", w.condition("Progressing").Reason, name)
			if w.refused != nil {
				t.Logf("%s: %d actions", crash.name, n-1)
				break
			}
		}
	}
}

// weightsOf lists the weights of a run, each only where it changes.
func weightsOf(changes []strategy.WeightChange) []int {
	var weights []int
	for _, c := range changes {
		weights = append(weights, c.Weight)
	}
	return slices.Compact(weights)
}
