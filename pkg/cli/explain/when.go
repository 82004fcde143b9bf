package explain

import (
	"fmt"
	"time"
)

// Ago says how long a time is past.
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	d := now.Sub(t)
	if d < time.Second {
		return "just now"
	}
	return Short(d) + " ago"
}

// Short writes a duration in at most two units: 45s, 3m20s, 2h5m, 3d4h.
func Short(d time.Duration) string {
	d = max(d, 0)
	two := func(big, small time.Duration, b, s string) string {
		n, rest := d/big, d%big/small
		if rest == 0 {
			return fmt.Sprintf("%d%s", n, b)
		}
		return fmt.Sprintf("%d%s%d%s", n, b, rest, s)
	}
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return two(time.Minute, time.Second, "m", "s")
	case d < day:
		return two(time.Hour, time.Minute, "h", "m")
	default:
		return two(day, time.Hour, "d", "h")
	}
}

// at says when something is due: the time of day, and how long until then.
func at(t, now time.Time) string {
	t = t.In(now.Location())
	clock := t.Format(time.TimeOnly)
	if t.Sub(now) > 20*time.Hour {
		clock = t.Format("Mon 15:04")
	}
	if !t.After(now) {
		return clock + " (now)"
	}
	return fmt.Sprintf("%s (in %s)", clock, Short(t.Sub(now)))
}
