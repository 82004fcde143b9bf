// Package helm runs the programs helm and helm3 of .bin on the chart. It owns how they are called and how their output is read, and knows
// nothing of what is in the chart.
package helm

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// The release that everything is rendered for: with these names the objects have the names that documentation and tests use.
const (
	Release   = "sluice"
	Namespace = "sluice-system"
)

// Helm is one program.
type Helm struct {
	binary, chart string
}

// Four and Three are the programs of the two versions; root is the repository's.
func Four(root string) Helm { return newHelm(root, "helm") }

// Three is Helm 3, which many still have.
func Three(root string) Helm { return newHelm(root, "helm3") }

func newHelm(root, name string) Helm {
	return Helm{binary: filepath.Join(root, ".bin", name), chart: filepath.Join(root, "charts", "sluice")}
}

// Failure is a helm that failed.
type Failure struct {
	Args   []string
	Output string
}

// Error has the command and what it said.
func (f *Failure) Error() string { return "helm " + strings.Join(f.Args, " ") + ": " + f.Output }

// Run runs a command and returns its standard output. A failure of helm itself is a [*Failure].
func (h Helm) Run(ctx context.Context, stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, h.binary, args...)
	var out, problems bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &problems
	if err := cmd.Run(); err != nil {
		if _, started := err.(*exec.ExitError); !started { //nolint:errorlint // what Run returns isn't wrapped
			return "", fmt.Errorf("helm: %w: `make tools` builds it", err)
		}
		return "", &Failure{Args: args, Output: strings.TrimSpace(out.String() + problems.String())}
	}
	return out.String(), nil
}

// Template renders the chart with values, which are YAML, empty for none.
func (h Helm) Template(ctx context.Context, values string, args ...string) (string, error) {
	return h.Run(ctx, values, append([]string{"template", Release, h.chart, "--namespace", Namespace, "--values", "-"}, args...)...)
}

// Notes are what an installation with these values prints, without a cluster.
func (h Helm) Notes(ctx context.Context, values string, args ...string) (string, error) {
	out, err := h.Run(ctx, values, append([]string{
		"install", Release, h.chart, "--namespace", Namespace, "--values", "-", "--dry-run=client",
	}, args...)...)
	if err != nil {
		return "", err
	}
	_, notes, found := strings.Cut(out, "\nNOTES:\n")
	if !found {
		return "", fmt.Errorf("helm install shows no notes: %s", out)
	}
	return notes, nil
}

// Lint checks the chart with a file of values, empty for none.
func (h Helm) Lint(ctx context.Context, file string) (string, error) {
	args := []string{"lint", "--strict", h.chart}
	if file != "" {
		args = append(args, "--values", file)
	}
	return h.Run(ctx, "", args...)
}

// Object is one of a rendering.
type Object = map[string]any

// Documents are the texts of the objects of a rendering, with their comments.
func Documents(rendering string) []string {
	var documents []string
	for text := range strings.SplitSeq("\n"+rendering, "\n---\n") {
		var object Object
		if err := yaml.Unmarshal([]byte(text), &object); err == nil && len(object) == 0 {
			continue // comments alone
		}
		documents = append(documents, strings.Trim(text, "\n")+"\n")
	}
	return documents
}

// Objects parses a rendering, strictly: a key that is there twice is an error.
func Objects(rendering string) ([]Object, error) {
	var objects []Object
	for _, text := range Documents(rendering) {
		var object Object
		if err := yaml.UnmarshalStrict([]byte(text), &object); err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, text)
		}
		objects = append(objects, object)
	}
	return objects, nil
}
