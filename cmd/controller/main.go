// Command controller makes annotated Deployments roll out progressively and only as far as their metrics allow.
//
// It owns flags, wiring, health endpoints and leader election; what is done to a Deployment is decided in pkg/strategy and carried
// out in pkg/controller. Two sub-commands need no cluster: lint reads manifests, backtest asks Prometheus about the past. Two serve those who
// run it: release takes Sluice out of every Deployment, healthcheck asks a controller how it is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// version is stamped by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if code, was := subcommand(ctx, os.Args[1:]); was {
		stop()
		os.Exit(code)
	}
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "controller:", err)
		stop()
		os.Exit(1)
	}
}

// subcommand carries out lint, backtest, release or healthcheck, if that is the first word, and says with which status to exit.
func subcommand(ctx context.Context, args []string) (code int, was bool) {
	if len(args) == 0 {
		return 0, false
	}
	switch args[0] {
	case "lint":
		return lint(args[1:], os.Stdin, os.Stdout, os.Stderr), true
	case "backtest":
		return backtest(ctx, args[1:], os.Stdout, os.Stderr), true
	case "release":
		return release(ctx, args[1:], os.Stdout, os.Stderr), true
	case "healthcheck":
		return healthcheck(ctx, args[1:], os.Stderr), true
	default:
		return 0, false
	}
}

// run is the whole program; it returns when ctx ends or something that it can't do without fails.
func run(ctx context.Context, args []string) error {
	f, err := parseFlags(args, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case f.version:
		fmt.Println(version)
		return nil
	}
	a, err := newApp(f)
	if err != nil {
		return err
	}
	return a.run(ctx)
}
