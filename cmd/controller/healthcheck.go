package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const healthcheckUsage = `Asks a controller whether it is well. The image has no other program that could.

Usage: controller healthcheck [flags]

Exits with 0 if the answer's status is 200, 1 if it isn't or none comes, 2 if the flags make no sense.

Flags:
`

// healthcheck is the sub-command of that name; it returns the exit status.
func healthcheck(ctx context.Context, args []string, stderr io.Writer) int {
	set := flag.NewFlagSet("controller healthcheck", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.Usage = func() {
		fmt.Fprint(stderr, healthcheckUsage)
		set.PrintDefaults()
	}
	url := set.String("url", "http://127.0.0.1:8080/livez", "`URL` to ask")
	timeout := set.Duration("timeout", 5*time.Second, "how long to wait for the answer")
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case set.NArg() > 0:
		fmt.Fprintf(stderr, "controller healthcheck: unexpected argument %q\n", set.Arg(0))
		return 2
	}
	if err := ask(ctx, *url, *timeout); err != nil {
		fmt.Fprintln(stderr, "controller healthcheck:", err)
		return 1
	}
	return 0
}

func ask(ctx context.Context, url string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within --timeout=%s", timeout))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", url, context.Cause(ctx))
		}
		return err
	}
	defer func() { _ = response.Body.Close() }() // it has been read, or nobody wants it
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 200)) // what there is of it is enough
		return fmt.Errorf("%s answered %s: %s", url, response.Status, strings.TrimSpace(string(text)))
	}
	return nil
}
