package report

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sluice-dev/sluice/test/validate/peers"
)

const (
	width  = 20 * vg.Centimeter
	height = 11 * vg.Centimeter
)

// look is how a rule is drawn, the same in all pictures.
type look struct {
	name  string
	color color.Color
	shape draw.GlyphDrawer
}

func looks() (ours, ideal look, theirs []look) {
	ours = look{"Sluice", color.RGBA{R: 0, G: 90, B: 181, A: 255}, draw.CircleGlyph{}}
	ideal = look{"ideal", color.RGBA{R: 110, G: 110, B: 110, A: 255}, draw.CrossGlyph{}}
	colors := []color.Color{
		color.RGBA{R: 220, G: 50, B: 32, A: 255},
		color.RGBA{R: 240, G: 150, B: 30, A: 255},
		color.RGBA{R: 26, G: 133, B: 60, A: 255},
		color.RGBA{R: 130, G: 60, B: 170, A: 255},
	}
	shapes := []draw.GlyphDrawer{draw.TriangleGlyph{}, draw.SquareGlyph{}, draw.PyramidGlyph{}, draw.RingGlyph{}}
	for i, rule := range peers.All() {
		theirs = append(theirs, look{title(rule.Name), colors[i], shapes[i]})
	}
	return ours, ideal, theirs
}

// add draws points, with a line if asked for.
func (l look) add(p *plot.Plot, points plotter.XYs, line bool) error {
	scatter, err := plotter.NewScatter(points)
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	scatter.Color, scatter.Shape, scatter.Radius = l.color, l.shape, vg.Points(3.5)
	if !line {
		p.Add(scatter)
		p.Legend.Add(l.name, scatter)
		return nil
	}
	path, err := plotter.NewLine(points)
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	path.Color, path.Width = l.color, vg.Points(1.2)
	p.Add(path, scatter)
	p.Legend.Add(l.name, path, scatter)
	return nil
}

// dashed is a line between two points.
func dashed(p *plot.Plot, name string, c color.Color, points plotter.XYs) error {
	line, err := plotter.NewLine(points)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	line.Color, line.Width, line.Dashes = c, vg.Points(1.2), []vg.Length{vg.Points(5), vg.Points(4)}
	p.Add(line)
	p.Legend.Add(name, line)
	return nil
}

// Plots writes the pictures into a folder.
func (d *Document) Plots(folder string, example *Example) error {
	if err := falseAborts(d.Results, filepath.Join(folder, "false-aborts.png")); err != nil {
		return err
	}
	if err := requestsToAbort(d.Results, filepath.Join(folder, "requests-to-abort.png")); err != nil {
		return err
	}
	return example.plot(filepath.Join(folder, "example.png"))
}

func falseAborts(r *Results, path string) error {
	p := plot.New()
	p.Title.Text = "False aborts of a canary at half of its limit, within an hour"
	p.X.Label.Text, p.Y.Label.Text = "requests/s of the canary", "upper 95 % bound"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, ticks{.05, .5, 5, 50}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, percents{.0003, .001, .01, .1, 1}
	p.Y.Min, p.Y.Max = .0003, 1.2
	// The legend stands beside the lines.
	p.X.Max, p.Legend.Top, p.Legend.YOffs = 5000, true, -vg.Points(70)
	cases := rates(r.Null, "0.5")
	points := func(of func(Null) Tally) plotter.XYs {
		var all plotter.XYs
		for _, n := range cases {
			all = append(all, plotter.XY{X: n.Requests, Y: of(n).Upper95})
		}
		return all
	}
	// A line takes two points.
	if len(cases) < 2 {
		return nil
	}
	ours, _, theirs := looks()
	if err := ours.add(p, points(func(n Null) Tally { return n.Tally }), true); err != nil {
		return err
	}
	for i, rule := range peers.All() {
		if err := theirs[i].add(p, points(func(n Null) Tally { return n.Peers[rule.Name] }), true); err != nil {
			return err
		}
	}
	limit := plotter.XYs{{X: cases[0].Requests, Y: r.Alpha}, {X: cases[len(cases)-1].Requests, Y: r.Alpha}}
	if err := dashed(p, "α", color.Black, limit); err != nil {
		return err
	}
	return p.Save(width, height, path)
}

// requestsToAbort has the cases with a label: those that are looked at every 15 s.
func requestsToAbort(r *Results, path string) error {
	p := plot.New()
	p.Title.Text = "Requests of an ill canary until it is aborted (median)"
	p.Y.Label.Text = "requests"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, ticks{10, 30, 100, 300, 1000, 3000, 10000, 30000}
	p.Y.Min, p.Y.Max = 30, 300000
	p.Legend.Top = true
	var names []string
	var ours, ideal plotter.XYs
	theirs := map[string]plotter.XYs{}
	for _, c := range r.Power {
		if c.Label == "" {
			continue
		}
		x := float64(len(names))
		names = append(names, c.Label)
		ours = known(ours, x, c.MedianRequests)
		ideal = known(ideal, x, c.IdealMedian)
		for name, peer := range c.Peers {
			theirs[name] = known(theirs[name], x, peer.MedianRequests)
		}
	}
	if len(names) == 0 {
		return nil
	}
	p.NominalX(names...)
	p.X.Min, p.X.Max = -.5, float64(len(names))-.5
	mine, best, others := looks()
	if err := mine.add(p, ours, false); err != nil {
		return err
	}
	if err := best.add(p, ideal, false); err != nil {
		return err
	}
	for i, rule := range peers.All() {
		if len(theirs[rule.Name]) == 0 {
			continue
		}
		if err := others[i].add(p, theirs[rule.Name], false); err != nil {
			return err
		}
	}
	return p.Save(width, height, path)
}

func known(points plotter.XYs, x float64, n Number) plotter.XYs {
	if !n.Known() || n <= 0 {
		return points
	}
	return append(points, plotter.XY{X: x, Y: float64(n)})
}

// ticks are the marks of a logarithmic axis.
type ticks []float64

// Ticks implements plot.Ticker.
func (t ticks) Ticks(low, high float64) []plot.Tick {
	var all []plot.Tick
	for _, x := range t {
		if x >= low*.999 && x <= high*1.001 {
			all = append(all, plot.Tick{Value: x, Label: fmt.Sprintf("%g", x)})
		}
	}
	return all
}

// percents are ticks in percent.
type percents []float64

// Ticks implements plot.Ticker.
func (t percents) Ticks(low, high float64) []plot.Tick {
	all := ticks(t).Ticks(low, high)
	for i := range all {
		all[i].Label = fmt.Sprintf("%g %%", math.Round(1e4*all[i].Value)/100)
	}
	return all
}
