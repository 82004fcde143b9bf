// Command generate writes Sluice's Grafana dashboards into charts/sluice/dashboards, or into the folder that it is given. Run it from the
// repository's root after a change of test/dashboards/boards: a test compares.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/sluice-dev/sluice/test/dashboards/boards"
)

func main() {
	folder := filepath.Join("charts", "sluice", "dashboards")
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	if err := write(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("write dashboards: %w", err)
	}
	for _, file := range boards.Files() {
		text, err := file.JSON()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, file.Name), text, 0o600); err != nil {
			return fmt.Errorf("write dashboards: %w", err)
		}
	}
	return nil
}
