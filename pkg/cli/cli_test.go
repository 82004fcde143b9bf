package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/cli"
	"github.com/sluice-dev/sluice/pkg/cli/clitest"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// call runs the plugin where there is no cluster.
func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	var o, e bytes.Buffer
	code = cli.Run(context.WithoutCancel(t.Context()), args, cli.Options{
		In:  strings.NewReader("kind: Deployment\nmetadata: {name: shop, annotations: {sluice.dev/strategy: canary, sluice.dev/steps: '50,10'}}\n"),
		Out: &o, Err: &e, Columns: func() int { return 80 }, Version: "v1.2.3", Now: clitest.Now,
	})
	return code, o.String(), e.String()
}

func TestExitStatus(t *testing.T) {
	for says, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no such command":             {[]string{"launch"}, cli.ExitUsage, "unknown command"},
		"no such flag":                {[]string{"get", "--colour"}, cli.ExitUsage, "unknown flag"},
		"no name":                     {[]string{"status"}, cli.ExitUsage, "NAME is missing"},
		"two names":                   {[]string{"status", "a", "b"}, cli.ExitUsage, "one NAME at a time"},
		"kind and name in two words":  {[]string{"abort", "deployment", "shop"}, cli.ExitUsage, "write deployment/shop"},
		"another kind":                {[]string{"status", "service/shop"}, cli.ExitUsage, "Deployments only"},
		"a name with a hole":          {[]string{"status", "deployment/"}, cli.ExitUsage, "is not NAME"},
		"another format":              {[]string{"get", "-o", "xml"}, cli.ExitUsage, "want wide, json, yaml"},
		"a name in all namespaces":    {[]string{"get", "-A", "shop"}, cli.ExitUsage, "belongs to one namespace"},
		"a timeout without a wait":    {[]string{"abort", "shop", "--timeout", "1m"}, cli.ExitUsage, "--timeout without --wait"},
		"a negative timeout":          {[]string{"status", "shop", "--wait", "--timeout=-1m"}, cli.ExitUsage, "below 0"},
		"no such annotation":          {[]string{"annotations", "step"}, cli.ExitUsage, `no annotation "step"`},
		"two annotations":             {[]string{"annotations", "steps", "bake"}, cli.ExitUsage, "one ANNOTATION at a time"},
		"no files":                    {[]string{"lint"}, cli.ExitUsage, "FILE is missing"},
		"another shell":               {[]string{"completion", "tcsh"}, cli.ExitUsage, "invalid argument"},
		"no cluster":                  {[]string{"get"}, cli.ExitBad, "kubeconfig"},
		"a kubeconfig that isn't one": {[]string{"--kubeconfig", "none", "get"}, cli.ExitBad, "none"},
		"a manifest that is wrong":    {[]string{"lint", "-"}, cli.ExitBad, "not as it should be: 1"},
		"a file that isn't there":     {[]string{"lint", "none.yaml"}, cli.ExitBad, "none.yaml"},
	} {
		t.Run(says, func(t *testing.T) {
			code, _, errs := call(t, c.args...)
			assert.Equal(t, c.code, code)
			assert.Contains(t, errs, c.says)
			assert.Equal(t, c.code == cli.ExitUsage, strings.Contains(errs, "See kubectl sluice --help."))
		})
	}
}

func TestWithoutACluster(t *testing.T) {
	code, out, _ := call(t, "version")
	assert.Equal(t, cli.ExitGood, code)
	assert.Equal(t, "v1.2.3\n", out)

	_, out, _ = call(t, "lint", "-n", "web", "-")
	assert.Contains(t, out, "Deployment web/shop (standard input)")
	assert.Contains(t, out, "sluice.dev/steps")

	file := filepath.Join(t.TempDir(), "good.yaml")
	require.NoError(t, os.WriteFile(file, []byte("kind: Deployment\nmetadata: {name: shop, annotations: {sluice.dev/strategy: canary}}\n"), 0o600))
	code, out, _ = call(t, "lint", "-o", "json", file)
	assert.Equal(t, cli.ExitGood, code)
	assert.Contains(t, out, `"problems": 0`)
}

func TestAnnotations(t *testing.T) {
	code, out, _ := call(t, "annotations")
	assert.Equal(t, cli.ExitGood, code)
	for _, e := range spec.Catalogue() {
		assert.Regexp(t, "(?m)^"+regexp.QuoteMeta(e.Name), out)
		code, one, _ := call(t, "annotations", strings.TrimPrefix(e.Name, spec.Prefix))
		assert.Equal(t, cli.ExitGood, code)
		flat := strings.Join(strings.Fields(one), "")
		for _, example := range e.Examples {
			assert.Contains(t, flat, strings.ReplaceAll(example.Value, " ", ""))
		}
		for _, value := range e.Wrong {
			assert.Contains(t, flat, strings.ReplaceAll(e.Refusal(value), " ", ""))
		}
		for line := range strings.Lines(out + one) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, "%s: %s", e.Name, line)
			assert.NotContains(t, line, "`")
		}
	}
	_, byName, _ := call(t, "annotations", "steps")
	_, byFullName, _ := call(t, "annotations", spec.AnnotationSteps)
	assert.Equal(t, byName, byFullName)

	_, names, _ := call(t, "__complete", "annotations", "max-")
	assert.Equal(t, "max-hold\nmax-error-rate\nmax-latency\n:4\n", names)
}

func TestCompletion(t *testing.T) {
	for shell, part := range map[string]string{
		"bash": "complete -o default", "zsh": "#compdef kubectl-sluice", "fish": "complete -c kubectl-sluice", "kubectl": "kubectl sluice __complete",
	} {
		code, out, _ := call(t, "completion", shell)
		assert.Equal(t, cli.ExitGood, code)
		assert.Contains(t, out, part)
	}
	_, out, _ := call(t, "__complete", "get", "-o", "")
	assert.Equal(t, "wide\njson\nyaml\n:4\n", out)
	_, out, _ = call(t, "__complete", "pro")
	assert.Contains(t, out, "promote\t")
	code, out, _ := call(t, "__complete", "status", "")
	assert.Equal(t, cli.ExitGood, code)
	assert.Equal(t, ":1\n", out, "without a cluster there are no names, and no words in the way of the prompt")
}

func TestEveryCommandExplainsItselfIn80Columns(t *testing.T) {
	_, out, _ := call(t, "--help")
	for _, name := range []string{
		"get", "status", "watch", "history", "explain", "annotations", "lint", "approve", "promote", "abort", "retry", "pause", "resume", "restart", "version", "completion",
	} {
		assert.Regexp(t, `(?m)^  `+name+` `, out)
		code, help, _ := call(t, name, "--help")
		assert.Equal(t, cli.ExitGood, code)
		assert.Contains(t, help, "kubectl sluice "+name)
		assert.Contains(t, help, "Exit status: 0 as wanted")
		for line := range strings.Lines(help) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, "%s: %s", name, line)
		}
	}
}
