// Command app is the application of the quickstart: a shop that counts its requests as most services do, and the load that it gets.
//
//	app                     serve; VERSION, ERROR_RATE and LATENCY say how well
//	app load URL RATE       ask URL so many times a second, and say every 5 s who answered
//
// It must not know of Sluice: what is rolled out needs no library and no change.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run does what the arguments say until ctx ends.
func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		b, err := behaviourOf(os.Getenv)
		if err != nil {
			return err
		}
		return serve(ctx, b)
	case len(args) == 3 && args[0] == "load":
		rate, err := strconv.Atoi(args[2])
		if err != nil || rate < 1 {
			return fmt.Errorf("the rate is %q; want a whole number of requests a second", args[2])
		}
		newLoad(args[1]).run(ctx, rate, os.Stdout)
		return nil
	default:
		return errors.New("usage: app | app load URL RATE")
	}
}

// serve serves until ctx ends, then lets requests under way come to their end.
func serve(ctx context.Context, b behaviour) error {
	server := &http.Server{Addr: b.listen, Handler: newShop(b), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
