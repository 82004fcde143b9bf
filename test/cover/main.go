// Command cover holds packages to a floor of test coverage: it reads a profile of `go test -coverprofile` and fails when a
// package has less of its statements covered than it should, or does not appear at all.
//
//	cover -profile .bin/unit.cover pkg/strategy=90 pkg/analysis=90
//
// It says nothing about whether the tests assert anything.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	path := flag.String("profile", "", "the profile that go test wrote")
	flag.Parse()
	if err := run(os.Stdout, *path, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "cover:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, path string, arguments []string) error {
	floors, err := parseFloors(arguments)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	packages, err := readProfile(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return check(out, packages, floors)
}

// floor is what a package has to reach. Its path is the end of the package's import path.
type floor struct {
	path    string
	percent float64
}

// parseFloors reads arguments of the form pkg/strategy=90.
func parseFloors(arguments []string) ([]floor, error) {
	if len(arguments) == 0 {
		return nil, fmt.Errorf("no floor given, as in pkg/strategy=90")
	}
	floors := make([]floor, 0, len(arguments))
	for _, argument := range arguments {
		path, number, _ := strings.Cut(argument, "=")
		percent, err := strconv.ParseFloat(number, 64)
		if err != nil || path == "" || !(percent > 0 && percent <= 100) {
			return nil, fmt.Errorf("%q is no floor; one looks like pkg/strategy=90", argument)
		}
		floors = append(floors, floor{path, percent})
	}
	return floors, nil
}

// check prints how each package stands and returns an error if any is below its floor.
func check(out io.Writer, packages map[string]tally, floors []floor) error {
	var low []string
	for _, f := range floors {
		t := find(packages, f.path)
		if t.statements == 0 {
			fmt.Fprintf(out, "  %-24s not measured\n", f.path)
			low = append(low, f.path)
			continue
		}
		fmt.Fprintf(out, "  %-24s %5.1f %% of %d statements, floor %g %%\n", f.path, t.percent(), t.statements, f.percent)
		if t.percent() < f.percent {
			low = append(low, f.path)
		}
	}
	if len(low) > 0 {
		return fmt.Errorf("below the floor: %s", strings.Join(low, ", "))
	}
	return nil
}

func find(packages map[string]tally, path string) tally {
	for name, t := range packages {
		if name == path || strings.HasSuffix(name, "/"+path) {
			return t
		}
	}
	return tally{}
}
