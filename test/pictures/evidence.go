package pictures

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// One canary of the picture: its bad requests in each interval of fifteen, beside stable's among a hundred and thirty-five.
type sample struct {
	title       string
	bad, stable []int
}

const (
	every        = 15 * time.Second
	canaryAsked  = 15
	stableAsked  = 135
	maxErrorRate = 0.05
)

func percent(n int) string { return strconv.Itoa(n) + " %" }

// samples were drawn once, with shares of 0.5 % for stable and for the healthy canary, and 8 % for the other.
func samples() []sample {
	stable := []int{3, 0, 0, 1, 0, 2, 0, 1, 0, 0, 1, 0}
	return []sample{
		{"A healthy canary", []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, stable},
		{"One that fails 8 % of its requests", []int{1, 0, 0, 1, 1, 1, 2, 1, 3, 0, 0, 1}, stable},
	}
}

// judged are the verdicts after each interval, up to the first that decides.
func judged(s sample) []analysis.Verdict {
	begin := time.Unix(0, 0)
	subject := analysis.Subject{
		Namespace: "shop", Deployment: "shop", Run: "1", Canary: "shop-v2", Stable: "shop-v1", Since: begin, StepSince: begin, Weight: 10,
		Gates: analysis.Gates{MaxErrorRate: maxErrorRate, Compare: true},
	}
	family := analysis.Family{Metric: "http_requests_total"}
	var all []analysis.Verdict
	for i := range s.bad {
		start := begin.Add(time.Duration(i) * every)
		end := start.Add(every)
		family.Intervals = append(family.Intervals, analysis.Interval{
			Start: start, From: start, CanaryReported: true, StableReported: true,
			Canary: analysis.Counts{Requests: canaryAsked, Bad: float64(s.bad[i])},
			Stable: analysis.Counts{Requests: stableAsked, Bad: float64(s.stable[i])},
		})
		family.CanarySeen, family.StableSeen = end, end
		v := analysis.Judge(subject, analysis.Evidence{Run: "1", Interval: every, Scrape: every, End: end, Errors: family}, end)
		all = append(all, v)
		if v.Outcome == analysis.Pass || v.Outcome == analysis.Fail {
			break
		}
	}
	return all
}

// The form of the picture of evidence.
const (
	plotWidth, plotHeight = 400, 220
	plotTop               = 74
	top, bottom           = 4.0, -1.5 // decadic logarithms of E
)

func drawEvidence() string {
	c := newCanvas(1000, 372)
	for i, s := range samples() {
		plot(c, 70+i*490, s)
	}
	return c.svg("Evidence for and against two canaries",
		"Two charts over time, with fifteen requests of the canary every fifteen seconds. For the healthy canary the evidence for it rises to 20 after 90 seconds "+
			"and the step passes. For the canary that fails 8 % the evidence against it rises to 200 after 135 seconds and the run is aborted.")
}

// plot is one chart, its left border at x.
func plot(c *canvas, x int, s sample) {
	all := judged(s)
	c.bold(x-46, 34, "start", ink, 15, s.title)
	c.text(x-46, 54, "start", faint, 12, "15 requests every 15 s, 5 % errors allowed. E for it: green; against it: red")
	for _, e := range []float64{0.1, 1, 10, 100, 1000, 10000} {
		y := level(math.Log10(e))
		c.line(x, y, x+plotWidth, y, rule, 1, "")
		c.text(x-8, y+4, "end", faint, 12, strconv.FormatFloat(e, 'g', -1, 64))
	}
	for minute := range 5 {
		c.text(moment(x, minute*4), plotTop+plotHeight+20, "middle", faint, 12, fmt.Sprintf("%d min", minute))
	}
	last := all[len(all)-1].Gates[0]
	limit(c, x, last.Promote.Log10Limit, green, "a step passes")
	limit(c, x, last.Abort.Log10Limit, red, "the run is aborted")
	curve(c, x, all, green, func(g analysis.Gate) float64 { return g.Promote.Log10E })
	curve(c, x, all, red, func(g analysis.Gate) float64 { return g.Abort.Log10E })
	c.text(x-46, plotTop+plotHeight+50, "start", ink, 13, last.Message)
}

func limit(c *canvas, x int, log10 float64, colour, says string) {
	y := level(log10)
	c.line(x, y, x+plotWidth, y, colour, 1.2, "6 4")
	c.text(x+plotWidth, y-5, "end", colour, 12, fmt.Sprintf("E = %.0f: %s", math.Pow(10, log10), says))
}

// curve is E over time, from 1 at the beginning.
func curve(c *canvas, x int, all []analysis.Verdict, colour string, of func(analysis.Gate) float64) {
	points, y := fmt.Sprintf("%d,%d", x, level(0)), 0
	for i, v := range all {
		y = level(of(v.Gates[0]))
		points += fmt.Sprintf(" %d,%d", moment(x, i+1), y)
	}
	c.add(`<polyline points="%s" fill="none" stroke="%s" stroke-width="2.5"/>`, points, colour)
	c.dot(moment(x, len(all)), y, colour)
}

func level(log10 float64) int {
	clipped := math.Min(math.Max(log10, bottom), top)
	return plotTop + int(math.Round((top-clipped)/(top-bottom)*plotHeight))
}

func moment(x, interval int) int { return x + interval*plotWidth/16 }
