// Command validate measures how far Sluice's judge can be trusted, and how it compares with the rules of its peers: exact enumeration
// of small runs, simulated roll-outs of healthy and of ill canaries.
//
//	validate -out ../../docs/analysis    everything, about a quarter of an hour on 2 cores; writes results.json, validation.md, *.png
//	validate -short                      the same criteria on fewer runs, within a minute; writes nothing
//
// It exits with 1 if a criterion is not met. Progress goes to stderr, what was found to stdout.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/power"
	"github.com/sluice-dev/sluice/test/validate/report"
)

func main() {
	short := flag.Bool("short", false, "fewer runs, within a minute")
	out := flag.String("out", "", "the folder to write the results to; empty: nothing is written")
	seed := flag.Uint64("seed", 1, "where all draws come from")
	flag.Parse()
	if err := run(os.Stdout, os.Stderr, *out, *seed, *short); err != nil {
		fmt.Fprintln(os.Stderr, "validate:", err)
		os.Exit(1)
	}
}

func run(stdout, stderr io.Writer, out string, seed uint64, short bool) error {
	fmt.Fprintf(stdout, "seed %d\n", seed)
	d := newPlan(seed, short, stderr).validate(analysis.Judge)
	if out != "" {
		if err := write(d, out); err != nil {
			return err
		}
	}
	for _, problem := range d.Problems {
		fmt.Fprintln(stdout, problem)
	}
	if n := len(d.Problems); n > 0 {
		return fmt.Errorf("%d criteria are not met", n)
	}
	fmt.Fprintf(stdout, "all criteria are met: %d kinds of healthy canaries, %d of others\n", len(d.Results.Null), len(d.Results.Power))
	return nil
}

// write writes all files.
func write(d *report.Document, folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	if err := d.Results.Write(filepath.Join(folder, "results.json")); err != nil {
		return err
	}
	if err := report.Save(filepath.Join(folder, "validation.md"), []byte(d.Markdown())); err != nil {
		return err
	}
	example := power.Example(analysis.Judge, power.Cases(), d.Seed)
	return d.Plots(folder, example)
}
