package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/sluice-dev/sluice/test/validate/peers"
)

// Example is one run in the course of time.
type Example struct {
	Title string
	// Minutes are the times of the looks, Log10E the evidence against the canary then, Log10Limit what it takes to abort.
	Minutes, Log10E []float64
	Log10Limit      float64
	// Onset is the minute in which the canary turned bad. Aborts are the minutes in which the peers aborted it, 0 for not at all.
	Onset  float64
	Aborts map[string]int
}

// floor is where the picture ends: what is far below 1 is of no interest.
const floor = -2

func (e *Example) plot(path string) error {
	p := plot.New()
	p.Title.Text = e.Title
	p.X.Label.Text, p.Y.Label.Text = "minutes", "log10 E"
	p.Legend.Top, p.Legend.Left = true, true
	var evidence plotter.XYs
	top := e.Log10Limit + 2
	for i, minute := range e.Minutes {
		evidence = append(evidence, plotter.XY{X: minute, Y: min(max(e.Log10E[i], floor), top)})
		if e.Log10E[i] >= e.Log10Limit {
			break
		}
	}
	end := evidence[len(evidence)-1].X + 5
	line, err := plotter.NewLine(evidence)
	if err != nil {
		return err
	}
	ours, _, theirs := looks()
	line.Color, line.Width = ours.color, vg.Points(2)
	p.Add(line)
	p.Legend.Add("Sluice: evidence against the canary", line)
	if err := dashed(p, "aborts here", ours.color, plotter.XYs{{X: 0, Y: e.Log10Limit}, {X: end, Y: e.Log10Limit}}); err != nil {
		return err
	}
	if err := dashed(p, "the canary turns bad", color.Black, upright(e.Onset, top)); err != nil {
		return err
	}
	for i, rule := range peers.All() {
		minute := float64(e.Aborts[rule.Name])
		if minute == 0 || minute > end+10 {
			continue
		}
		if err := dashed(p, title(rule.Name)+" aborts", theirs[i].color, upright(minute, top)); err != nil {
			return err
		}
	}
	p.X.Min, p.Y.Min, p.Y.Max = 0, floor, math.Ceil(top)+3
	return p.Save(width, height, path)
}

func upright(x, top float64) plotter.XYs { return plotter.XYs{{X: x, Y: floor}, {X: x, Y: top}} }
