// Command release does the parts of a release that must not be done by hand: it holds tag, chart and changelog to one another, extracts the
// notes, and packs the plugin's archives with their sums and the manifest for krew. It publishes nothing: the pipeline does.
//
//	release check v0.1.0
//	release notes v0.1.0
//	release pack v0.1.0 FROM TO
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

const usage = `usage: release check TAG          tag, chart and changelog say the same
       release notes TAG          what the changelog says of it, and how to verify it
       release pack TAG FROM TO   archives of FROM/<os>_<arch>/kubectl-sluice, their sums, and krew's manifest`

func main() {
	if err := run(os.Stdout, ".", os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, root string, args []string) error {
	if len(args) < 2 {
		return errors.New(usage)
	}
	version, err := parseTag(args[1])
	if err != nil {
		return err
	}
	switch command, more := args[0], args[2:]; {
	case command == "check" && len(more) == 0:
		return check(root, version)
	case command == "notes" && len(more) == 0:
		return notes(out, root, version)
	case command == "pack" && len(more) == 2:
		return pack(root, version, more[0], more[1])
	default:
		return errors.New(usage)
	}
}

// tagForm is vMAJOR.MINOR.PATCH, with a pre-release if there is one: what both Go and Helm take for a version.
var tagForm = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?$`)

// parseTag is the version of a tag, without the v.
func parseTag(tag string) (string, error) {
	if !tagForm.MatchString(tag) {
		return "", fmt.Errorf("%q is no tag of a release: want for example v0.1.0 or v0.2.0-rc.1", tag)
	}
	return strings.TrimPrefix(tag, "v"), nil
}

// check holds the chart and the changelog to the tag.
func check(root, version string) error {
	var chart struct {
		Version    string `json:"version"`
		AppVersion string `json:"appVersion"`
	}
	path := filepath.Join(root, "charts", "sluice", "Chart.yaml")
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the chart: %w", err)
	}
	if err := yaml.Unmarshal(content, &chart); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var problems []error
	if chart.Version != version {
		problems = append(problems, fmt.Errorf("%s: version is %q, the tag says %q", path, chart.Version, version))
	}
	if chart.AppVersion != "v"+version {
		problems = append(problems, fmt.Errorf("%s: appVersion is %q, the tag says %q", path, chart.AppVersion, "v"+version))
	}
	changes, err := readChangelog(root)
	if err != nil {
		return errors.Join(append(problems, err)...)
	}
	if _, err := changes.of(version); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// footer is what every release says after its changes.
const footer = `
## Get it

` + "```sh" + `
helm install sluice oci://ghcr.io/sluice-dev/charts/sluice --version %[1]s --namespace sluice-system --create-namespace
` + "```" + `

The image is ` + "`ghcr.io/sluice-dev/sluice:v%[1]s`" + `. The plugin for kubectl is below: verify its sum and put it on the PATH.
[How to verify what was released](https://github.com/sluice-dev/sluice/blob/v%[1]s/docs/releasing.md#verify-a-release)
`

func notes(out io.Writer, root, version string) error {
	changes, err := readChangelog(root)
	if err != nil {
		return err
	}
	section, err := changes.of(version)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, section.body, "\n", fmt.Sprintf(footer, version))
	return err
}
