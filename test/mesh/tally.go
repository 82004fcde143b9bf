package mesh

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// lastFailures is how many failures a load remembers.
const lastFailures = 20

// Snapshot is what a load has counted. Requests = Served + FailedByVersion + FailedByRollout.
type Snapshot struct {
	At              time.Time
	Requests        int64 // finished
	Served          int64
	FailedByVersion int64 // the version's own failures, which it was told to make
	FailedByRollout int64 // everything else that a user would not have liked
	Skipped         int64 // not sent: as many as the load allows were under way
	Latency         Latency
	Versions        map[string]VersionCounts // of the answers that name their version
	Failures        []Failure                // the last ones, the oldest first
}

// VersionCounts are the answers of one version's pods.
type VersionCounts struct {
	Requests int64
	Failed   int64 // with 500 or above
	Latency  Latency
}

// Failure is one request that failed.
type Failure struct {
	At      time.Time
	Outcome Outcome
	Response
}

// Since is what was counted after an earlier snapshot of the same load.
func (s Snapshot) Since(before Snapshot) Snapshot {
	s.Requests -= before.Requests
	s.Served -= before.Served
	s.FailedByVersion -= before.FailedByVersion
	s.FailedByRollout -= before.FailedByRollout
	s.Skipped -= before.Skipped
	s.Latency = s.Latency.minus(before.Latency)
	versions := make(map[string]VersionCounts, len(s.Versions))
	for name, now := range s.Versions {
		then := before.Versions[name]
		versions[name] = VersionCounts{
			Requests: now.Requests - then.Requests,
			Failed:   now.Failed - then.Failed,
			Latency:  now.Latency.minus(then.Latency),
		}
	}
	s.Versions = versions
	s.Failures = slices.DeleteFunc(slices.Clone(s.Failures), func(f Failure) bool { return !f.At.After(before.At) })
	return s
}

// Share of a version among the answers that name one, from 0 to 1; 0 of none.
func (s Snapshot) Share(version string) float64 {
	var total int64
	for _, counts := range s.Versions {
		total += counts.Requests
	}
	if total == 0 {
		return 0
	}
	return float64(s.Versions[version].Requests) / float64(total)
}

// VersionNames are the versions that answered, sorted.
func (s Snapshot) VersionNames() []string { return slices.Sorted(maps.Keys(s.Versions)) }

// tally counts responses.
type tally struct {
	mu  sync.Mutex
	sum Snapshot
}

func (t *tally) add(r Response, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	outcome := r.Outcome()
	t.sum.Requests++
	t.sum.Latency.add(r.Latency)
	switch outcome {
	case Served:
		t.sum.Served++
	case FailedByVersion:
		t.sum.FailedByVersion++
	case FailedByRollout:
		t.sum.FailedByRollout++
	}
	if outcome != Served {
		r.Body, r.Header = nil, nil // for counting, the reason will do
		t.sum.Failures = append(t.sum.Failures, Failure{At: now, Outcome: outcome, Response: r})
		t.sum.Failures = t.sum.Failures[max(0, len(t.sum.Failures)-lastFailures):]
	}
	if r.Version == "" {
		return
	}
	if t.sum.Versions == nil {
		t.sum.Versions = map[string]VersionCounts{}
	}
	counts := t.sum.Versions[r.Version]
	counts.Requests++
	if r.Status >= 500 {
		counts.Failed++
	}
	counts.Latency.add(r.Latency)
	t.sum.Versions[r.Version] = counts
}

func (t *tally) skip() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Skipped++
}

func (t *tally) snapshot(now time.Time) Snapshot {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sum
	s.At, s.Versions, s.Failures = now, maps.Clone(s.Versions), slices.Clone(s.Failures)
	return s
}
