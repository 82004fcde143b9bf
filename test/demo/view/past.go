package view

import (
	"fmt"
	"slices"
)

// maxEvents keeps a tall terminal from showing events of long ago.
const maxEvents = 14

// events shows the newest ones, in the order of time, in so many rows, the title among them.
func events(list []Event, rows int) []Line {
	n := min(rows-1, maxEvents, len(list))
	if n <= 0 {
		return nil
	}
	lines := []Line{{toned(Faint, " EVENTS")}}
	for _, e := range list[len(list)-n:] {
		tone := Normal
		if e.Warning {
			tone = Bad
		}
		lines = append(lines, Line{toned(Faint, " "+e.At.Format("15:04:05")+"  "), toned(tone, pad(e.Reason, 13)), text(" " + e.Message)})
	}
	return lines
}

// done is one line per run that is past.
func done(list []Outcome) []Line {
	var lines []Line
	for _, o := range list {
		mark := toned(Good, " ✓ ")
		if len(o.Complaints) > 0 {
			mark = toned(Bad, " ✗ ")
		}
		lines = append(lines, Line{
			mark, text(fmt.Sprintf("run %d  %s  %s in %s", o.Number, pad(o.Name, 23), o.Result, seconds(o.Took))),
			toned(Faint, "  weights "+weights(o.Weights)),
		})
	}
	return slices.Clip(lines)
}
