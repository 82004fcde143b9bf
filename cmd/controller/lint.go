package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	manifests "github.com/sluice-dev/sluice/pkg/lint"
)

// The statuses with which lint exits.
const (
	lintClean    = 0
	lintProblems = 1
	lintUsage    = 2
)

const lintUsageText = `Says what Sluice would make of manifests: which annotations are wrong, for each alert rule whether it is lifted into a test of
requests, scoped to one version's pods, or refused, and why, and whether the CronJobs of hooks can be used.

Usage: controller lint [flags] FILE…

FILE is a YAML or JSON file, a directory of them, or - for the standard input. Read are Deployments, Services, CronJobs, VirtualServices,
PrometheusRules, ConfigMaps with the label sluice.dev/rules, and plain rule files. Nothing is asked of a cluster.

Exits with 0 if nothing is wrong, 1 if an annotation is wrong, a rule that a Deployment names is refused or missing, or no Job can be made
of the CronJob of a hook, 2 if a file can't be read.

Flags:
`

// lint looks at manifests and says with which status to exit.
func lint(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	set := flag.NewFlagSet("controller lint", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.Usage = func() {
		fmt.Fprint(stderr, lintUsageText)
		set.PrintDefaults()
	}
	var options manifests.Options
	set.StringVar(&options.Namespace, "namespace", "default", "`namespace` of manifests that name none")
	set.StringVar(&options.Deployment, "deployment", "app", "`name` of the Deployment that rules are tried on which none of the manifests names")
	output := set.String("output", "text", "text or json")
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return lintClean
		}
		return lintUsage
	}
	if *output != "text" && *output != "json" {
		fmt.Fprintf(stderr, "--output is %q; want text or json\n", *output)
		return lintUsage
	}
	if set.NArg() == 0 {
		set.Usage()
		return lintUsage
	}
	inputs, unread := manifests.Read(set.Args(), stdin)
	if unread != nil {
		fmt.Fprintln(stderr, "controller lint:", unread)
	}
	report := manifests.Lint(inputs, options)
	write := report.WriteText
	if *output == "json" {
		write = report.WriteJSON
	}
	if err := write(stdout); err != nil {
		fmt.Fprintln(stderr, "controller lint:", err)
		return lintUsage
	}
	switch {
	case unread != nil || len(report.Unread) > 0:
		return lintUsage
	case report.Problems > 0:
		return lintProblems
	default:
		return lintClean
	}
}
