package notify

import (
	"context"
	"time"
)

// clock is time, for tests to take its place.
type clock interface {
	now() time.Time
	// wait returns when d is over, the context has ended or something is received; d below 0 is for ever.
	wait(ctx context.Context, d time.Duration, woken <-chan struct{})
}

type realClock struct{}

func (realClock) now() time.Time { return time.Now() }

func (realClock) wait(ctx context.Context, d time.Duration, woken <-chan struct{}) {
	var over <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-ctx.Done():
	case <-woken:
	case <-over:
	}
}
