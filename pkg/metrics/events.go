package metrics

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// events shows when the newest thing of each kind happened. All of it is read from the record, so it is the same after a restart.
func (k *known) events(s *series) {
	at := map[string]time.Time{}
	newest := func(event string, when time.Time) {
		if when.After(at[event]) {
			at[event] = when
		}
	}
	shifted := func(weights []strategy.WeightChange) {
		for _, w := range weights {
			if w.Weight > 0 {
				newest("step", w.At)
			}
		}
	}
	if run := k.seen.Run; run != nil {
		newest("started", run.StartedAt)
		shifted(run.Weights)
		if run.Phase == strategy.RunAborting || run.Phase == strategy.RunAborted {
			newest(string(strategy.ResultOf(run.Reason)), run.EndedAt)
		}
	}
	for i := range k.seen.Past {
		past := &k.seen.Past[i]
		newest("started", past.StartedAt)
		shifted(past.Weights)
		newest(string(past.Result), past.EndedAt)
	}
	for _, event := range append([]string{"started", "step"}, resultNames()...) {
		if when, ok := at[event]; ok {
			s.gauge("sluice_event_timestamp_seconds", unix(when), event)
		}
	}
}

// unix is a time in seconds, 0 for none.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
