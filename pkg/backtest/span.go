package backtest

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Presence says in which stretches of time a Deployment's ReplicaSets had samples. The k-th stretch is after From + k·Step, up to and
// including From + (k+1)·Step.
type Presence struct {
	From time.Time
	Step time.Duration
	// Stretches is how many there are.
	Stretches int
	// Seen has, per pod-template-hash, whether there was a sample in each stretch. Shorter slices end in stretches without any.
	Seen map[string][]bool
}

// Mark notes a sample of a ReplicaSet in the stretch that ends at a time. Times outside all stretches are left out.
func (p *Presence) Mark(hash string, end time.Time) {
	k := int(end.Sub(p.From)/p.Step) - 1
	if k < 0 || k >= p.Stretches {
		return
	}
	if p.Seen == nil {
		p.Seen = map[string][]bool{}
	}
	if len(p.Seen[hash]) == 0 {
		p.Seen[hash] = make([]bool, p.Stretches)
	}
	p.Seen[hash][k] = true
}

// Span is a time in which a ReplicaSet had samples.
type Span struct {
	Hash string
	// First and Last bound it: its samples are after First, up to and including Last.
	First, Last time.Time
	// Begins is true if it was there when the history begins, so that its real start is not known.
	Begins bool
	// AfterGap is true if nothing at all is known of the time before it.
	AfterGap bool
	// Open is true if it was still there when the history ends.
	Open bool
	// Again is true if the ReplicaSet had an earlier span.
	Again bool
}

// Gap is a time in which no pod of the Deployment had any samples, between times in which some had.
type Gap struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// Recording says that Prometheus was recording other things then: the Deployment had no pods, or they were not scraped. If it is
	// false, Prometheus was down.
	Recording bool `json:"recording"`
}

// cause is the gap in words.
func (g *Gap) cause() string {
	if g.Recording {
		return "Prometheus was up, but had no pods of this Deployment: scaled to zero, or not scraped"
	}
	return "Prometheus recorded nothing at all"
}

func (p *Presence) at(k int) time.Time { return p.From.Add(time.Duration(k) * p.Step) }

// empty says in which stretches nobody was seen.
func (p *Presence) empty() []bool {
	empty := make([]bool, p.Stretches)
	for k := range empty {
		empty[k] = true
		for _, seen := range p.Seen {
			if k < len(seen) && seen[k] {
				empty[k] = false
				break
			}
		}
	}
	return empty
}

// Gaps are the gaps, in the order of time. What is before the first and after the last sample is none.
func (p *Presence) Gaps() []Gap {
	var gaps []Gap
	empty := p.empty()
	last := -1
	for k, none := range empty {
		if none {
			continue
		}
		if last >= 0 && k > last+1 {
			gaps = append(gaps, Gap{From: p.at(last + 1), Until: p.at(k)})
		}
		last = k
	}
	return gaps
}

// Spans are the spans of all ReplicaSets, by their start. A gap does not end a span if the ReplicaSet was there before and after it.
func (p *Presence) Spans() []Span {
	empty := p.empty()
	begin := slices.Index(empty, false)
	var spans []Span
	for _, hash := range slices.Sorted(maps.Keys(p.Seen)) {
		var own []Span
		missed := false // by others' samples, since the last of its own
		for k, seen := range p.Seen[hash] {
			switch {
			case seen && len(own) > 0 && !missed:
				own[len(own)-1].Last = p.at(k + 1)
			case seen:
				own = append(own, Span{
					Hash: hash, First: p.at(k), Last: p.at(k + 1),
					Begins: k == begin, AfterGap: k > begin && empty[k-1], Again: len(own) > 0,
				})
				missed = false
			case !empty[k]:
				missed = true
			}
		}
		if n := len(own); n > 0 {
			own[n-1].Open = own[n-1].Last.Equal(p.at(p.Stretches))
		}
		spans = append(spans, own...)
	}
	sortSpans(spans)
	return spans
}

func sortSpans(spans []Span) {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Hash, b.Hash)) })
}
