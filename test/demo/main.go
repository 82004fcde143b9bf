package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/terminal"
	"github.com/sluice-dev/sluice/test/cluster"
)

// version is set by the build.
var version = "unknown"

// settings are the flags.
type settings struct {
	controller string
	keep       bool
	out        string
	plain      bool
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	set := flag.NewFlagSet("demo", flag.ContinueOnError)
	set.SetOutput(out)
	set.Usage = func() {
		fmt.Fprintf(out, "Sluice %s: one version promoted, two aborted, on a real control plane.\n\nUsage: demo [flags]\n", version)
		set.PrintDefaults()
	}
	set.StringVar(&s.controller, "controller", defaultController(), "`path` of the controller")
	set.BoolVar(&s.keep, "keep", false, "leave everything running after the runs, until Ctrl-C")
	set.StringVar(&s.out, "out", "", "`file` to write the summary to, as JSON")
	set.BoolVar(&s.plain, "plain", false, "print lines, also on a terminal")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if set.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	return s, nil
}

// defaultController lies where the other programs are.
func defaultController() string {
	dir := os.Getenv(cluster.BinEnv)
	if dir == "" {
		dir = ".bin"
	}
	return filepath.Join(dir, "controller")
}

// The exit statuses.
const (
	exitGood        = 0
	exitWrong       = 1   // a run did not end as it should, or the demo could not be shown
	exitUsage       = 2   // flags
	exitInterrupted = 130 // as a shell says of a program that Ctrl-C ended
)

func main() { os.Exit(start(os.Args[1:])) }

func start(args []string) int {
	s, err := parse(args, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitGood
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// A second Ctrl-C ends the program at once; the kernel then ends its children.
	context.AfterFunc(ctx, stop)

	d := &demo{settings: s, out: os.Stdout, log: &notes{out: os.Stderr}, ability: terminal.Of(os.Stdout, os.Getenv), began: time.Now()}
	good, err := d.run(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "interrupted; everything is stopped")
		return exitInterrupted
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		return exitWrong
	case !good:
		return exitWrong
	}
	return exitGood
}
