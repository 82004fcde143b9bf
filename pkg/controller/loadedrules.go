package controller

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

// loadedRules are the rules that Prometheus has loaded, as it was last asked. It is asked from the first time on that a
// Deployment names rules, beside the reconcile loop; while it doesn't answer the last answer stays good.
type loadedRules struct {
	source   Source
	interval time.Duration
	log      *zap.Logger
	// changed is called whenever there are others.
	changed func()
	kick    chan struct{}

	mu      sync.Mutex
	wanted  bool
	version int
	set     rules.Set
	trouble string
}

func newLoadedRules(o Options, changed func()) *loadedRules {
	return &loadedRules{
		source: o.Source, interval: max(4*o.Interval, time.Second), log: o.Log, changed: changed, kick: make(chan struct{}, 1),
		trouble: "Prometheus has not been asked yet",
	}
}

// shelf is the last answer. From the first call on Prometheus is asked.
func (l *loadedRules) shelf() shelf {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wanted {
		l.wanted = true
		select {
		case l.kick <- struct{}{}:
		default:
		}
	}
	return shelf{name: "the rules that Prometheus has loaded", version: fmt.Sprint(l.version), set: l.set, trouble: l.trouble, shared: true}
}

// run asks again and again until ctx ends.
func (l *loadedRules) run(ctx context.Context) {
	if l.source == nil {
		return
	}
	ticker := time.NewTicker(l.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.kick:
		case <-ticker.C:
		}
		if l.asked() {
			l.load(ctx)
		}
	}
}

// asked says whether anybody wants to know.
func (l *loadedRules) asked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wanted
}

// load asks once.
func (l *loadedRules) load(ctx context.Context) {
	trouble := ""
	set, err := l.source.Rules(ctx)
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	if err != nil {
		set, trouble = l.set, "Prometheus's rules could not be read: "+short(err.Error())
	}
	same := trouble == l.trouble && reflect.DeepEqual(set, l.set)
	known := l.trouble == trouble
	l.set, l.trouble = set, trouble
	if !same {
		l.version++
	}
	l.mu.Unlock()
	if err != nil && !known {
		l.log.Warn("the rules that Prometheus has loaded could not be read", zap.Error(err))
	}
	if !same {
		l.changed()
	}
}
