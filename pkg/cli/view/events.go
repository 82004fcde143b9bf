package view

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
)

// events shows the newest ones, in the order of time, in so many rows, the title among them.
func events(list []rollout.Event, now time.Time, width, rows int) []Line {
	n := min(rows-1, len(list))
	if n <= 0 {
		return nil
	}
	list = list[len(list)-n:]
	reasons := 0
	for _, e := range list {
		reasons = max(reasons, columns(e.Reason))
	}
	lines := []Line{{toned(Faint, " EVENTS")}}
	for _, e := range list {
		tone := Normal
		if e.Warning {
			tone = Bad
		}
		message := e.Message
		if e.Count > 1 {
			message = fmt.Sprintf("(%d times) %s", e.Count, message)
		}
		line := Line{toned(Faint, " "+clock(e.At, now)+" "), toned(tone, pad(e.Reason, min(reasons, width/3))), text(" " + message)}
		lines = append(lines, line.cut(width))
	}
	return lines
}

// clock is the time of day, or the day when it was another one.
func clock(t, now time.Time) string {
	t = t.In(now.Location())
	if now.Sub(t) > 20*time.Hour {
		return t.Format("Jan _2  ")
	}
	return t.Format(time.TimeOnly)
}
