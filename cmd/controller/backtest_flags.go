package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/sluice-dev/sluice/pkg/backtest/history"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// The forms of an answer.
const (
	outputText = "text"
	outputJSON = "json"
)

// backtestFlags are the settings of the sub-command backtest.
type backtestFlags struct {
	deployment, since, until string
	output                   string
	alertsFile               string
	quiet                    bool
	timeout                  time.Duration
	// annotations are the gates and steps, by the annotation that the flag stands for.
	annotations map[string]string

	options history.Options
}

const backtestUsage = `Replays the gates over past roll-outs found in Prometheus's history, and says what Sluice would have done.

Usage: controller backtest --prometheus URL --deployment NAMESPACE/NAME [flags]

Exit status: 0 when at least one roll-out was replayed, whatever came of it; 1 when none could be; 2 when the flags make no sense.
`

func parseBacktestFlags(args []string, out io.Writer) (backtestFlags, error) {
	f := backtestFlags{annotations: map[string]string{}}
	set := flag.NewFlagSet("controller backtest", flag.ContinueOnError)
	set.SetOutput(out)
	set.Usage = func() {
		fmt.Fprint(out, backtestUsage+"\n")
		set.PrintDefaults()
	}
	o := &f.options
	set.StringVar(&o.Address, "prometheus", "", "`URL` of Prometheus, for example http://localhost:9090")
	set.StringVar(&o.BearerTokenFile, "prometheus-bearer-token-file", "", "`path` of a file with a bearer token for Prometheus")
	set.StringVar(&o.CAFile, "prometheus-ca-file", "", "`path` of the CA certificates that Prometheus is verified with; empty: the system's")
	set.DurationVar(&o.QueryTimeout, "prometheus-timeout", 30*time.Second, "how long one query may take; one that takes longer is halved")
	set.DurationVar(&f.timeout, "timeout", 15*time.Minute, "how long all of it may take")
	set.StringVar(&f.deployment, "deployment", "", "the Deployment, as `NAMESPACE/NAME`")
	set.StringVar(&f.since, "since", "14d", "how far back to look, a `duration` such as 36h or 14d")
	set.StringVar(&f.until, "until", "", "where to stop, a `time` such as 2026-07-28T12:00:00Z; empty: now")
	set.StringVar(&f.output, "output", outputText, "text or json")
	set.BoolVar(&f.quiet, "quiet", false, "don't tell on standard error what is being done")
	set.IntVar(&o.MaxRollouts, "max-rollouts", 100, "how many roll-outs to judge, the newest")
	set.DurationVar(&o.ScrapeInterval, "scrape-interval", 0, "how often Prometheus scrapes the pods; 0: found out from the history")
	set.DurationVar(&o.Interval, "interval", 15*time.Second, "the length of the intervals that the evidence is counted in")
	set.StringVar(&f.alertsFile, "alerts-file", "", "`path` of a file with alert rules (groups:, or PrometheusRule objects)")
	for name, annotation := range map[string][2]string{
		"max-error-rate":  {spec.AnnotationMaxErrorRate, "largest `share` of requests that may fail, for example 1%, or off (default 5%)"},
		"max-latency":     {spec.AnnotationMaxLatency, "`bound` of a latency quantile, for example p95<500ms, or off (default p95<2s)"},
		"compare":         {spec.AnnotationCompare, "`on or off`: also judge against the old version (default on)"},
		"steps":           {spec.AnnotationSteps, "`weights` and how long each is held (default 10@1m,50@1m,100@1m)"},
		"metrics":         {spec.AnnotationMetrics, "the `metrics` to count, as in the annotation " + spec.AnnotationMetrics},
		"alerts":          {spec.AnnotationAlerts, "`names` of alert rules in --alerts-file to judge by as well, separated by commas"},
		"max-hold":        {spec.AnnotationMaxHold, "longest `time` that a step may wait for evidence (default 30m)"},
		"on-inconclusive": {spec.AnnotationOnInconclusive, "`hold, promote or abort`: what then (default hold)"},
	} {
		set.Func(name, annotation[1], func(value string) error {
			f.annotations[annotation[0]] = value
			return nil
		})
	}
	if err := set.Parse(args); err != nil {
		return backtestFlags{}, err
	}
	if set.NArg() > 0 {
		return backtestFlags{}, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	if !f.quiet {
		o.Progress = func(what string) { fmt.Fprintln(out, what+" …") }
	}
	return f, f.complete(time.Now())
}

// complete checks the flags and fills in the options.
func (f *backtestFlags) complete(now time.Time) error {
	var problems []error
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	o := &f.options
	if u, err := url.Parse(o.Address); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		wrong("--prometheus is %q; want http://HOST:PORT or https://HOST:PORT", o.Address)
	}
	var ok bool
	o.Namespace, o.Deployment, ok = strings.Cut(f.deployment, "/")
	if !ok || !isName(o.Namespace) || !isName(o.Deployment) {
		wrong("--deployment is %q; want NAMESPACE/NAME", f.deployment)
	}
	if f.output != outputText && f.output != outputJSON {
		wrong("--output is %q; want text or json", f.output)
	}
	if o.ScrapeInterval < 0 || min(o.Interval, o.QueryTimeout, f.timeout) <= 0 || o.MaxRollouts <= 0 {
		wrong("--interval, --prometheus-timeout, --timeout and --max-rollouts want more than 0, --scrape-interval 0 or more")
	}
	problems = append(problems, f.history(now)...)
	problems = append(problems, f.gates()...)
	return errors.Join(problems...)
}

// history reads from when until when to look.
func (f *backtestFlags) history(now time.Time) []error {
	var problems []error
	f.options.Until = now
	if f.until != "" {
		until, err := time.Parse(time.RFC3339, f.until)
		if err != nil || until.After(now) {
			problems = append(problems, fmt.Errorf("--until is %q; want a time in the past, such as 2026-07-28T12:00:00Z", f.until))
		}
		f.options.Until = until
	}
	since, err := model.ParseDuration(f.since)
	if err != nil || since <= 0 || time.Duration(since) > longestHistory {
		problems = append(problems, fmt.Errorf("--since is %q; want a duration such as 36h or 14d, at most 400d", f.since))
	}
	f.options.From = f.options.Until.Add(-time.Duration(since))
	return problems
}

// longestHistory bounds the queries of a scan.
const longestHistory = 400 * 24 * time.Hour

// isName says whether something can be the name of a namespace or a Deployment.
func isName(s string) bool {
	for i, c := range []byte(s) {
		inner := (c == '-' || c == '.') && i > 0 && i < len(s)-1
		if !inner && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 253
}

// gates reads the flags that stand for annotations, and the alert rules.
func (f *backtestFlags) gates() []error {
	var problems []error
	s := spec.Parse(f.annotations)
	for _, p := range s.Problems {
		problems = append(problems, fmt.Errorf("--%s is %q: %s; want %s", strings.TrimPrefix(p.Annotation, spec.Prefix), p.Value, p.Wrong, p.Want))
	}
	f.options.Spec = s
	f.options.Settings = f.settings(&s)
	if (len(s.Alerts) > 0) != (f.alertsFile != "") {
		problems = append(problems, errors.New("--alerts and --alerts-file want each other"))
	}
	if len(problems) == 0 && f.alertsFile != "" {
		text, err := os.ReadFile(f.alertsFile)
		if err != nil {
			return append(problems, fmt.Errorf("--alerts-file: %w", err))
		}
		if err := f.alerts(&s, text); err != nil {
			problems = append(problems, fmt.Errorf("--alerts-file: %w", err))
		}
	}
	return problems
}
