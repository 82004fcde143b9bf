// Command generate writes what is made of the chart: the folder manifests, and the table of values in the chart's README. Run it from the
// repository's root after a change of charts/sluice: a test compares. It needs .bin/helm, which `make tools` builds.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/sluice-dev/sluice/test/chart/generated"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := write(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func write(ctx context.Context) error {
	files, err := generated.Files(ctx, ".")
	if err != nil {
		return err
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}
