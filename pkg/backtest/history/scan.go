package history

import (
	"context"
	"time"

	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/sluice-dev/sluice/pkg/backtest"
)

// coarse is the length of a scan's stretches. A ReplicaSet that was there for a single scrape is seen all the same.
const coarse = 5 * time.Minute

// scan finds out which ReplicaSets had samples of a metric when.
func (a *asker) scan(ctx context.Context, p *pods, from, until time.Time) (*backtest.Presence, error) {
	n := int(until.Sub(from)/coarse) + 1
	presence := &backtest.Presence{From: until.Add(-time.Duration(n) * coarse), Step: coarse, Stretches: n}
	err := a.inChunks(ctx, p.present(coarse), presence.From, until, coarse, func(m model.Matrix) {
		for _, series := range m {
			hash := string(series.Metric[labelHash])
			for _, v := range series.Values {
				presence.Mark(hash, v.Timestamp.Time())
			}
		}
	})
	return presence, err
}

// refine looks up the start and the end of spans to one scrape.
func (a *asker) refine(ctx context.Context, p *pods, spans []backtest.Span, scrape time.Duration) error {
	for i := range spans {
		s := &spans[i]
		if !s.Begins {
			all, err := a.closely(ctx, p, s.Hash, s.First, scrape)
			if err != nil {
				return err
			}
			if len(all) > 0 {
				s.First = all[0].Add(-scrape)
			}
		}
		if !s.Open {
			all, err := a.closely(ctx, p, s.Hash, s.Last.Add(-coarse), scrape)
			if err != nil {
				return err
			}
			if len(all) > 0 {
				s.Last = all[len(all)-1]
			}
		}
	}
	return nil
}

// closely is in which scrape intervals of the stretch that begins at a time a ReplicaSet had samples: their ends.
func (a *asker) closely(ctx context.Context, p *pods, hash string, from time.Time, scrape time.Duration) ([]time.Time, error) {
	r := apiv1.Range{Start: from.Add(scrape), End: from.Add(coarse).Add(scrape - time.Millisecond), Step: scrape}
	m, err := a.ranged(ctx, p.present(scrape), r)
	if err != nil {
		return nil, err
	}
	var ends []time.Time
	for _, series := range m {
		if string(series.Metric[labelHash]) != hash {
			continue
		}
		for _, v := range series.Values {
			ends = append(ends, v.Timestamp.Time().UTC())
		}
	}
	return ends, nil
}

// recording finds out, for each gap, whether Prometheus recorded anything at all then.
func (a *asker) recording(ctx context.Context, gaps []backtest.Gap) error {
	for i := range gaps {
		g := &gaps[i]
		step := max(coarse, g.Until.Sub(g.From)/mostPoints)
		// What was recorded before the gap is looked back at for five minutes.
		r := apiv1.Range{Start: g.From.Add(coarse), End: g.Until, Step: step}
		if r.Start.After(r.End) {
			r.Start = r.End
		}
		m, err := a.ranged(ctx, "group(up)", r)
		if err != nil {
			return err
		}
		points := int(r.End.Sub(r.Start)/step) + 1
		g.Recording = len(m) > 0 && 2*len(m[0].Values) > points
	}
	return nil
}

// usual are the intervals at which people have Prometheus scrape.
var usual = [...]time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute,
}

// scrapeInterval finds out how often pods are scraped, by the samples of a pod that was there for long; 0 if there is none.
func (a *asker) scrapeInterval(ctx context.Context, p *pods, at time.Time) (time.Duration, error) {
	const window = 10 * time.Minute
	v, err := a.instant(ctx, "max(count_over_time("+p.over(window)+"))", at)
	if err != nil || len(v) == 0 || v[0].Value < 1 {
		return 0, err
	}
	measured := time.Duration(float64(window) / float64(v[0].Value))
	best := usual[0]
	for _, u := range usual {
		if (u - measured).Abs() < (best - measured).Abs() {
			best = u
		}
	}
	return best, nil
}

// requestsBefore is how many requests each ReplicaSet had before a time.
func (a *asker) requestsBefore(ctx context.Context, p *pods, at time.Time) (map[string]float64, error) {
	v, err := a.instant(ctx, p.requests(backtest.Near), at)
	if err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for _, sample := range v {
		all[string(sample.Metric[labelHash])] = float64(sample.Value)
	}
	return all, nil
}
