package backtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Ending is how a version's time came to an end.
type Ending string

// The endings.
const (
	// EndingServing: it was still there when the history ends.
	EndingServing Ending = "serving"
	// EndingRolledBack: the version before it served again.
	EndingRolledBack Ending = "rolled-back"
	// EndingReplaced: another version took its place.
	EndingReplaced Ending = "replaced"
	// EndingUnknown: there was nothing after it.
	EndingUnknown Ending = "unknown"
)

// Rollout is a version that appeared while another one served.
type Rollout struct {
	// Old and New are pod-template-hashes. Old is empty as long as it is not known which of Candidates it is.
	Old, New string
	// Candidates are the versions that were there when New appeared, sorted.
	Candidates []string
	// Start is when New's samples begin, End when they end.
	Start, End time.Time
	// Superseded is when a newer version appeared while New was there; zero if none did.
	Superseded time.Time
	Ending     Ending
	// Successor is the version that was there after New, if any.
	Successor string
	// Again: New had been there before, and was gone meanwhile.
	Again bool
	// Skipped is why it can't be judged; empty if it can.
	Skipped string
	// Notes are what a person should know.
	Notes []string
}

// Near is how far apart the end of one version and the start of the next may be for the one to be the other's predecessor: where
// the old pods go first, it takes a while until the new ones are scraped.
const Near = 5 * time.Minute

// Find tells the roll-outs from the spans of a history, in the order of time. Together is how far apart two versions must start for
// anybody to know which came first; a scrape interval, or two.
func Find(spans []Span, gaps []Gap, together time.Duration) []Rollout {
	spans = slices.Clone(spans)
	sortSpans(spans)
	var rollouts []Rollout
	if r, underWay := atTheStart(spans); underWay {
		rollouts = append(rollouts, r)
	}
	for i := range spans {
		if s := &spans[i]; !s.Begins {
			rollouts = append(rollouts, rollout(s, spans, gaps, together))
		}
	}
	return rollouts
}

// atTheStart reports versions that were there side by side when the history begins.
func atTheStart(spans []Span) (Rollout, bool) {
	var first []*Span
	for i := range spans {
		if spans[i].Begins {
			first = append(first, &spans[i])
		}
	}
	if len(first) < 2 {
		return Rollout{}, false
	}
	newest := slices.MaxFunc(first, func(a, b *Span) int { return a.Last.Compare(b.Last) })
	r := Rollout{New: newest.Hash, Start: newest.First, End: newest.Last}
	for _, s := range first {
		if s != newest {
			r.Candidates = append(r.Candidates, s.Hash)
		}
	}
	r.Ending, r.Successor = ending(newest, "", spans)
	r.Skipped = fmt.Sprintf("it was under way when the history begins, beside %s: which version was the old one, and when this one "+
		"appeared, is not known", strings.Join(r.Candidates, ", "))
	return r, true
}

func rollout(s *Span, spans []Span, gaps []Gap, together time.Duration) Rollout {
	r := Rollout{New: s.Hash, Start: s.First, End: s.Last, Again: s.Again}
	var twin string
	for i := range spans {
		o := &spans[i]
		switch {
		case o.Hash == s.Hash:
		case !o.Begins && abs(o.First.Sub(s.First)) <= together:
			twin = o.Hash
		case o.First.Before(s.First):
			if !o.Last.Before(s.First.Add(-Near)) {
				r.Candidates = append(r.Candidates, o.Hash)
			}
		case o.First.Before(s.Last):
			r.Superseded = sooner(r.Superseded, o.First)
		}
	}
	slices.Sort(r.Candidates)
	r.Candidates = slices.Compact(r.Candidates)
	if len(r.Candidates) == 1 {
		r.Old = r.Candidates[0]
	}
	r.Ending, r.Successor = ending(s, r.Old, spans)
	r.Skipped = unclear(s, &r, twin, gaps)
	return r
}

// sooner is the earlier of two times, where zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// unclear is why a roll-out can't be judged, if so.
func unclear(s *Span, r *Rollout, twin string, gaps []Gap) string {
	switch {
	case s.AfterGap:
		for i := range gaps {
			g := &gaps[i]
			if abs(g.Until.Sub(s.First)) > Near {
				continue
			}
			if g.Recording {
				return fmt.Sprintf("no version was there before it, from %s to %s (%s)", clock(g.From), clock(g.Until), g.cause())
			}
			return fmt.Sprintf("it appeared in a gap of the history, from %s to %s (%s): its first minutes are not known",
				clock(g.From), clock(g.Until), g.cause())
		}
		return "it appeared in a gap of the history: its first minutes are not known"
	case twin != "":
		return "it appeared together with " + twin + ": which of them came first, and which had whose traffic, is not known"
	case len(r.Candidates) == 0:
		return "no other version was there when it appeared"
	}
	return ""
}

func abs(d time.Duration) time.Duration { return max(d, -d) }

// ending says what came after a span: a version that began while it was there, the newest of them; else one that had been there all
// the time, which then has its traffic back.
func ending(s *Span, old string, spans []Span) (Ending, string) {
	if s.Open {
		return EndingServing, ""
	}
	var next *Span
	for i := range spans {
		o := &spans[i]
		if o.Hash == s.Hash || !o.Last.After(s.Last) || o.First.After(s.Last.Add(Near)) {
			continue
		}
		if next == nil || o.First.After(next.First) {
			next = o
		}
	}
	switch {
	case next == nil:
		return EndingUnknown, ""
	case next.Hash == old || (old == "" && next.First.Before(s.First)):
		return EndingRolledBack, next.Hash
	default:
		return EndingReplaced, next.Hash
	}
}

// Choose sets Old to the candidate that had the most requests when New appeared, given their numbers.
func (r *Rollout) Choose(requests map[string]float64, spans []Span) {
	if r.Skipped != "" || len(r.Candidates) == 0 {
		return
	}
	best := slices.MaxFunc(r.Candidates, func(a, b string) int {
		switch x, y := requests[a], requests[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return strings.Compare(b, a)
	})
	if requests[best] <= 0 {
		r.Skipped = "none of " + strings.Join(r.Candidates, ", ") + " had any requests when it appeared: which was the old one is not known"
		return
	}
	r.Old = best
	for i := range spans {
		if s := &spans[i]; s.Hash == r.New && s.First.Equal(r.Start) {
			r.Ending, r.Successor = ending(s, best, spans)
		}
	}
}
