package controller

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// judging gathers evidence beside the reconcile loop and keeps the newest verdict of every run. All runs are asked for together:
// one round of queries serves them all.
type judging struct {
	source   Source
	interval time.Duration
	now      func() time.Time
	enqueue  func(strategy.Key)
	// took is told how long a round of queries took.
	took func(time.Duration)
	// kick starts a round before its time: a new step is judged as soon as there can be evidence.
	kick chan struct{}

	mu       sync.Mutex
	subjects map[strategy.Key]analysis.Subject
	verdicts map[strategy.Key]analysis.Verdict
}

func newJudging(o Options, took func(time.Duration), enqueue func(strategy.Key)) *judging {
	return &judging{
		source: o.Source, interval: o.Interval, now: o.Now, enqueue: enqueue, took: took, kick: make(chan struct{}, 1),
		subjects: map[strategy.Key]analysis.Subject{}, verdicts: map[strategy.Key]analysis.Verdict{},
	}
}

// watch asks for evidence about a subject from now on.
func (j *judging) watch(key strategy.Key, subject analysis.Subject) {
	j.mu.Lock()
	defer j.mu.Unlock()
	before, known := j.subjects[key]
	j.subjects[key] = subject
	if !known || !reflect.DeepEqual(before, subject) {
		select {
		case j.kick <- struct{}{}:
		default:
		}
	}
}

func (j *judging) forget(key strategy.Key) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.subjects, key)
	delete(j.verdicts, key)
}

func (j *judging) verdict(key strategy.Key) *analysis.Verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	v, ok := j.verdicts[key]
	if !ok {
		return nil
	}
	return &v
}

// run judges every interval, and a little after a subject has changed, until ctx ends.
func (j *judging) run(ctx context.Context) {
	if j.source == nil {
		return
	}
	ticker := time.NewTicker(j.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-j.kick:
		}
		j.round(ctx)
	}
}

// round collects the evidence of all subjects and judges each.
func (j *judging) round(ctx context.Context) {
	keys, subjects := j.list()
	if len(keys) == 0 {
		return
	}
	began := j.now()
	results := j.source.Collect(ctx, subjects, began)
	j.took(j.now().Sub(began))
	for i, key := range keys {
		if i < len(results) {
			j.settle(key, analysis.Judge(subjects[i], results[i].Evidence, j.now()))
		}
	}
}

func (j *judging) list() ([]strategy.Key, []analysis.Subject) {
	j.mu.Lock()
	defer j.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(j.subjects), func(a, b strategy.Key) int { return strings.Compare(a.String(), b.String()) })
	subjects := make([]analysis.Subject, 0, len(keys))
	for _, key := range keys {
		subjects = append(subjects, j.subjects[key])
	}
	return keys, subjects
}

// settle stores a verdict, unless the run has gone on meanwhile, and has the Deployment planned again.
func (j *judging) settle(key strategy.Key, v analysis.Verdict) {
	j.mu.Lock()
	subject, ok := j.subjects[key]
	if ok && subject.Run == v.Run {
		j.verdicts[key] = v
	}
	j.mu.Unlock()
	if ok {
		j.enqueue(key)
	}
}
