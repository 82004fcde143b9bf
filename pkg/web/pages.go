package web

import (
	"bytes"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
)

// page is what the templates are given.
type page struct {
	About
	// Root leads from the page to the fleet.
	Root string
	// Kind and Tag are for the script: which page it is, and its ETag.
	Kind, Tag string
	Title     string
	// Query and Total are the fleet's: what it was filtered by, and how many there were before.
	Query  string
	Total  int
	Fleet  *Fleet
	Detail *Detail
	// Heading and Text are those of a page that has nothing else to say.
	Heading, Text string
}

func parsePages() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"percent": percent, "factor": factor, "count": count, "stamp": stamp, "clock": clock, "took": took,
		"phase": phaseWords, "mark": phaseMark, "outcomeMark": outcomeMark, "outcome": outcomeWords,
		"reached": reached, "attentions": attentions, "steps": steps, "newest": newest, "gateData": gateData, "drawn": drawn, "sentence": sentence,
	}).ParseFS(assets, "assets/*.html")
}

// render writes a page whole, or, should a template fail, an error and nothing of the page.
func (s *Site) render(w http.ResponseWriter, status int, name string, p page) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, p); err != nil {
		w.Header().Del("ETag")
		http.Error(w, "the page can't be made of what is known", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func (s *Site) message(w http.ResponseWriter, status int, root, heading, text string) {
	s.render(w, status, "message", page{About: s.about(), Root: root, Kind: "message", Title: heading, Heading: heading, Text: text})
}

// idle is what a replica says that doesn't lead: it must not look like an empty fleet.
func (s *Site) idle(w http.ResponseWriter, root string) {
	w.Header().Set("Retry-After", "5")
	s.message(w, http.StatusServiceUnavailable, root, "This replica does not lead",
		"Another replica of the controller does the work, and only that one knows the fleet. Ask it instead: the holder of the controller's "+
			"Lease is its pod. This page shows the fleet by itself as soon as this replica leads.")
}

// percent writes a share, with the decimals that it takes.
func percent(n Number) string {
	if x := float64(n); math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	return explain.Percent(float64(n))
}

// factor writes 10^x as people like to read it: 3.2, 400, 10⁸.
func factor(n Number) string {
	switch x := float64(n); {
	case math.IsNaN(x):
		return "–"
	case math.IsInf(x, 0):
		return map[bool]string{true: "0", false: "∞"}[x < 0]
	}
	text := explain.Factor(float64(n))
	exponent, big := strings.CutPrefix(text, "10^")
	if !big {
		return text
	}
	raised := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	return "10" + strings.Map(func(r rune) rune { return raised[(r-'0'+10)%10] }, exponent)
}

// sentence begins with a capital letter.
func sentence(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + text[n:]
}

// count writes a number of requests with commas: 12,345.
func count(n Number) string {
	x := math.Round(float64(n))
	if math.IsNaN(x) || math.Abs(x) >= 1e15 {
		return "–"
	}
	digits := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// stamp is a time for machines, clock the same for people without a script, which would show it in their own zone.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func took(from, to time.Time) string { return explain.Short(to.Sub(from)) }

// reached is how much of its limit evidence has come to, 0 to 100, on the scale of the logarithm: on that, requests add up.
func reached(e *Evidence) int {
	x := float64(e.Log10) / float64(e.LimitLog10)
	if e.Reached {
		return 100
	}
	if !(x > 0) {
		return 0
	}
	return min(int(100*x), 99) // only all of it looks like all
}

// steps are numbers from 1.
func steps(n int) []int {
	list := make([]int, max(n, 0))
	for i := range list {
		list[i] = i + 1
	}
	return list
}

// sampleRow is one line of the table behind a plot.
type sampleRow struct {
	At                        time.Time
	Weight                    Number
	Canary, Stable, Threshold Number
	Abort, Promote            Number
	Requests                  Number
}

// newest are the last twenty samples of a gate, newest first.
func newest(p *Plot, gate string) []sampleRow {
	const most = 20
	var rows []sampleRow
	if p == nil {
		return nil
	}
	for g := range p.Gates {
		if c := &p.Gates[g]; c.Gate == gate {
			for i := len(p.Times) - 1; i >= 0 && len(rows) < most; i-- {
				rows = append(rows, sampleRow{
					At: time.UnixMilli(p.Times[i]), Weight: Number(p.Weight[i]), Canary: Number(c.Canary[i]), Stable: Number(c.Stable[i]),
					Threshold: Number(c.Threshold[i]), Abort: Number(c.Abort[i]), Promote: Number(c.Promote[i]), Requests: Number(c.CanaryRequests[i]),
				})
			}
		}
	}
	return rows
}
