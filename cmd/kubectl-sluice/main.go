// Command kubectl-sluice is the kubectl plugin: what it does is in pkg/cli, here it meets the terminal and the environment.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli"
	"github.com/sluice-dev/sluice/pkg/cli/terminal"
)

// version is stamped by the build.
var version = "dev"

// unknownWidth is for output whose width nobody knows: a file, a pipeline.
const unknownWidth = 100

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	code := cli.Run(ctx, os.Args[1:], cli.Options{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Ability: terminal.Of(os.Stdout, os.Getenv),
		Columns: func() int { return terminal.Width(os.Stdout, os.Getenv, unknownWidth) },
		Screen:  func() *terminal.Screen { return terminal.Open(os.Stdout) },
		Version: version, Now: time.Now,
	})
	stop()
	os.Exit(code)
}
