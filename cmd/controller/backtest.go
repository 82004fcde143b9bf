package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	replay "github.com/sluice-dev/sluice/pkg/backtest"
	"github.com/sluice-dev/sluice/pkg/backtest/history"
)

// The exit statuses of backtest.
const (
	statusReplayed = 0
	statusNothing  = 1
	statusUsage    = 2
)

// backtest is the sub-command of that name: it replays the gates over past roll-outs and returns the exit status. 0: something was
// replayed, whatever came of it; 1: nothing was, or Prometheus could not be asked; 2: the flags make no sense.
func backtest(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, err := parseBacktestFlags(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return statusReplayed
	case err != nil:
		fmt.Fprintln(stderr, "controller backtest:", err)
		return statusUsage
	}
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("not ready within --timeout=%s", f.timeout))
	defer cancel()
	report, err := history.Replay(ctx, f.options)
	if report == nil {
		fmt.Fprintln(stderr, "controller backtest:", err)
		return statusNothing
	}
	if wrong := show(report, f.output, stdout); wrong != nil {
		fmt.Fprintln(stderr, "controller backtest:", wrong)
		return statusNothing
	}
	if err != nil {
		fmt.Fprintln(stderr, "controller backtest:", err)
		return statusNothing
	}
	return statusReplayed
}

// show writes the report in the form that was asked for.
func show(report *replay.Report, form string, out io.Writer) error {
	if form == outputText {
		_, err := io.WriteString(out, report.Text())
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}
