package web

import (
	"slices"
	"time"
)

// gateView is what the template of a gate is given.
type gateView struct {
	Gate Gate
	Plot *Plot
	// Index is the gate's place in the page, At that in the plot.
	Index, At int
	// Plotted says whether there are samples, Share and Evidence which plots there are.
	Plotted, Share, Evidence bool
}

// gateData puts a gate together with its samples.
func gateData(d *Detail, g Gate, index int) gateView {
	v := gateView{Gate: g, Plot: d.Plot, Index: index, At: -1, Evidence: g.Abort != nil || g.Promote != nil}
	if d.Plot != nil {
		v.At = slices.IndexFunc(d.Plot.Gates, func(c Columns) bool { return c.Gate == g.Name })
	}
	v.Plotted = v.At >= 0
	// An expression that is true or not has no share, but a scoped one has a value.
	v.Share = g.Canary != nil || g.Mode == "scoped"
	return v
}

// drawing is what the script draws: the part of a Detail that plots need.
type drawing struct {
	StartedAt time.Time  `json:"startedAt,omitzero"`
	EndedAt   time.Time  `json:"endedAt,omitzero"`
	Weights   []Weight   `json:"weights"`
	Plot      *Plot      `json:"plot"`
	Gates     []gateName `json:"gates"`
}

// gateName is what a plot says of its gate; in the order of the plot's.
type gateName struct {
	Title string `json:"title"`
	Bad   string `json:"bad"`
	// Share says whether values are shares of requests.
	Share bool `json:"share"`
}

func drawn(d *Detail) drawing {
	out := drawing{StartedAt: d.StartedAt, EndedAt: d.EndedAt, Weights: d.Weights, Plot: d.Plot, Gates: []gateName{}}
	if d.Plot == nil {
		return out
	}
	for _, c := range d.Plot.Gates {
		name := gateName{Title: c.Gate, Share: true}
		if i := slices.IndexFunc(d.Gates, func(g Gate) bool { return g.Name == c.Gate }); i >= 0 {
			name = gateName{Title: d.Gates[i].Title, Bad: d.Gates[i].Bad, Share: d.Gates[i].Canary != nil}
		}
		out.Gates = append(out.Gates, name)
	}
	return out
}
