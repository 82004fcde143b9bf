package history

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	source "github.com/sluice-dev/sluice/pkg/analysis/prometheus"
	"github.com/sluice-dev/sluice/pkg/backtest"
)

// Replay finds the past roll-outs and judges each. If none could be judged, the error wraps ErrNothing, and the report says why. Other
// errors mean that Prometheus could not be asked, and there is no report.
func Replay(ctx context.Context, o Options) (*backtest.Report, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	api, err := connect(&o)
	if err != nil {
		return nil, err
	}
	h := &history{Options: o, asker: &asker{api: api, timeout: o.QueryTimeout}}
	h.report = backtest.Report{
		Schema: backtest.Schema, Namespace: o.Namespace, Deployment: o.Deployment, From: o.From, Until: o.Until, Settings: o.Settings,
		Notes: []string{}, Gaps: []backtest.Gap{}, Rollouts: []backtest.Row{},
	}
	if h.report.Settings.Alerts == nil {
		h.report.Settings.Alerts = []backtest.AlertState{}
	}
	rollouts, err := h.find(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.replay(ctx, rollouts); err != nil {
		return nil, err
	}
	for _, remark := range h.asker.remarks {
		h.report.Notes = append(h.report.Notes, "Prometheus remarks: "+remark)
	}
	h.report.Summarize()
	if h.report.Summary.Replayed == 0 {
		return &h.report, ErrNothing
	}
	return &h.report, nil
}

// history is one report in the making.
type history struct {
	Options

	asker  *asker
	pods   pods
	source *source.Source
	report backtest.Report
}

// find finds the roll-outs.
func (h *history) find(ctx context.Context) ([]backtest.Rollout, error) {
	presence, err := h.presence(ctx)
	if err != nil || presence == nil {
		return nil, err
	}
	spans, gaps := presence.Spans(), presence.Gaps()
	if h.ScrapeInterval == 0 {
		if h.ScrapeInterval, err = h.measure(ctx, spans); err != nil {
			return nil, err
		}
	}
	h.report.ScrapeSeconds, h.report.IntervalSeconds = h.ScrapeInterval.Seconds(), h.Interval.Seconds()
	h.Progress(fmt.Sprintf("looking up when %d versions came and went", len(spans)))
	if err := h.asker.refine(ctx, &h.pods, spans, h.ScrapeInterval); err != nil {
		return nil, err
	}
	if err := h.asker.recording(ctx, gaps); err != nil {
		return nil, err
	}
	h.report.Gaps = append(h.report.Gaps, gaps...)
	h.begins(spans)
	rollouts := backtest.Find(spans, gaps, h.ScrapeInterval)
	for i := range rollouts {
		r := &rollouts[i]
		if r.Skipped != "" || len(r.Candidates) < 2 {
			continue
		}
		requests, err := h.asker.requestsBefore(ctx, &h.pods, r.Start)
		if err != nil {
			return nil, err
		}
		r.Choose(requests, spans)
	}
	return rollouts, nil
}

// presence scans by the first metric that the Deployment's pods have.
func (h *history) presence(ctx context.Context) (*backtest.Presence, error) {
	var tried string
	for _, family := range candidates(&h.Spec) {
		h.pods = newPods(h.Namespace, h.Deployment, family)
		h.Progress(fmt.Sprintf("looking for pods of %s/%s in %s", h.Namespace, h.Deployment, family.Metric))
		p, err := h.asker.scan(ctx, &h.pods, h.From, h.Until)
		if err != nil {
			return nil, err
		}
		if len(p.Seen) > 0 {
			h.report.Metric = family.Metric
			return p, nil
		}
		tried += ", " + family.Metric
	}
	h.report.Notes = append(h.report.Notes, fmt.Sprintf("no pod named %s-HASH-xxxxx in namespace %s had any sample of %s in this time",
		h.Deployment, h.Namespace, tried[2:]))
	return nil, nil //nolint:nilnil // no pods are no error: the report says so
}

// measure finds out the scrape interval, in the first span that is long enough.
func (h *history) measure(ctx context.Context, spans []backtest.Span) (time.Duration, error) {
	for i := range spans {
		if spans[i].Last.Sub(spans[i].First) < 3*coarse {
			continue
		}
		found, err := h.asker.scrapeInterval(ctx, &h.pods, spans[i].First.Add(3*coarse))
		if err != nil || found > 0 {
			return found, err
		}
	}
	h.report.Notes = append(h.report.Notes, "how often pods are scraped could not be found out; 15s is assumed")
	return 15 * time.Second, nil
}

// begins notes what was there when the history begins.
func (h *history) begins(spans []backtest.Span) {
	var first []*backtest.Span
	for i := range spans {
		if spans[i].Begins {
			first = append(first, &spans[i])
		}
	}
	if len(first) == 1 && first[0].First.Sub(h.From) > 2*coarse {
		h.report.Notes = append(h.report.Notes, fmt.Sprintf("Prometheus has samples of these pods since %s only; version %s, which was there "+
			"then, is the first one", first[0].First.Format(time.DateTime), first[0].Hash))
	}
}

// replay judges the roll-outs.
func (h *history) replay(ctx context.Context, rollouts []backtest.Rollout) error {
	if n := len(rollouts) - h.MaxRollouts; n > 0 {
		h.report.Notes = append(h.report.Notes, fmt.Sprintf("%d older roll-outs are left out; the newest %d are judged", n, h.MaxRollouts))
		rollouts = rollouts[n:]
	}
	var err error
	h.source, err = source.New(source.Options{
		Address: h.Address, BearerTokenFile: h.BearerTokenFile, CAFile: h.CAFile, QueryTimeout: h.QueryTimeout,
		CollectTimeout: collectTimeout, ScrapeInterval: max(h.ScrapeInterval, time.Second), Interval: h.Interval,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errOptions, err)
	}
	// The newest first: should the time be over, they are what people remember.
	for i, r := range slices.Backward(rollouts) {
		h.Progress(fmt.Sprintf("roll-out %d of %d: %s, %s", i+1, len(rollouts), r.Start.Format(time.DateTime), r.New))
		row := h.row(ctx, &r)
		if ctx.Err() != nil {
			h.report.Notes = append(h.report.Notes, fmt.Sprintf("%d older roll-outs are left out: %s", i+1, context.Cause(ctx)))
			break
		}
		row.Number = i + 1
		h.report.Rollouts = append(h.report.Rollouts, row)
	}
	slices.Reverse(h.report.Rollouts)
	return nil
}

// subject is a roll-out as the subject of a judgement, from a time on.
func (h *history) subject(r *backtest.Rollout, since time.Time) analysis.Subject {
	s := &h.Spec
	return analysis.Subject{
		Namespace: h.Namespace, Deployment: h.Deployment, Run: r.New, Canary: h.Deployment + "-" + r.New, Stable: h.Deployment + "-" + r.Old,
		Since: since, StepSince: since, Weight: 50,
		Gates: analysis.Gates{
			MaxErrorRate: s.MaxErrorRate, LatencyQuantile: s.MaxLatency.Quantile, LatencyThreshold: s.MaxLatency.Threshold,
			Compare: s.Compare, Metrics: s.Metrics, Alerts: h.Alerts,
		},
	}
}
