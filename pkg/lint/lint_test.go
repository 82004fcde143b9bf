package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what is found now; read every line of the difference before you commit it")

var options = Options{Namespace: "default", Deployment: "app"}

func lintPaths(t *testing.T, paths ...string) Report {
	t.Helper()
	inputs, err := Read(paths, nil)
	require.NoError(t, err)
	return Lint(inputs, options)
}

func lintText(text string) Report { return Lint([]Input{{Source: "x", Data: []byte(text)}}, options) }

func TestGolden(t *testing.T) {
	for _, folder := range []string{"shop", "life"} {
		t.Run(folder, func(t *testing.T) { testGolden(t, folder) })
	}
}

func testGolden(t *testing.T, folder string) {
	report := lintPaths(t, filepath.Join("testdata", folder))
	for name, write := range map[string]func(*bytes.Buffer) error{
		folder + ".txt":  func(b *bytes.Buffer) error { return report.WriteText(b) },
		folder + ".json": func(b *bytes.Buffer) error { return report.WriteJSON(b) },
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			require.NoError(t, write(&got))
			path := filepath.Join("testdata", name)
			if *update {
				require.NoError(t, os.WriteFile(path, got.Bytes(), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), got.String())
		})
	}
	var again Report
	var written bytes.Buffer
	require.NoError(t, report.WriteJSON(&written))
	require.NoError(t, json.Unmarshal(written.Bytes(), &again))
	assert.Equal(t, report, again, "nothing is lost in JSON")
}

func TestNothingOfSluices(t *testing.T) {
	report := lintText("kind: Deployment\nmetadata: {name: a, annotations: {x: y}}\n---\nkind: Secret\n---\n# nothing\n")
	assert.Equal(t, Report{Version: 1, Findings: []Finding{}, Unread: []Unread{}}, report)
	var text strings.Builder
	require.NoError(t, report.WriteText(&text))
	assert.Equal(t, "nothing of Sluice's in these files\n", text.String())
}

func TestUnread(t *testing.T) {
	report := lintText("kind: Deployment\n---\nkey: [\n---\n- a list\n---\n{{ template }}: x\n")
	var documents []int
	for _, u := range report.Unread {
		assert.Equal(t, "x", u.Source)
		assert.NotEmpty(t, u.Error)
		documents = append(documents, u.Document)
	}
	assert.Equal(t, []int{2, 3, 4}, documents)
	assert.Zero(t, report.Problems)
}

func TestOddManifests(t *testing.T) {
	const managed = "kind: Deployment\nmetadata: {name: a, annotations: {sluice.dev/strategy: blue-green, sluice.dev/before: cronjob/j}}\n"
	for _, text := range []string{
		"kind: 5", "kind: Deployment", "kind: Deployment\nmetadata: 5", "kind: Deployment\nmetadata: {annotations: [sluice.dev/strategy]}",
		"kind: List\nitems: [5, null, {kind: List}]", "items: [{kind: Deployment}]", "kind: Service\nspec: {selector: 5}",
		"kind: ConfigMap\nmetadata: {labels: {sluice.dev/rules: x}}\ndata: [a]", "kind: ConfigMap\nmetadata: {labels: {sluice.dev/rules: x}}\ndata: {a: 5}",
		managed + "spec: {selector: 5, template: {metadata: {labels: {app: 5}}}}\n---\nkind: CronJob\nmetadata: {name: j}\nspec: {jobTemplate: {spec: 5}}",
		managed + "spec: {selector: {matchExpressions: [{key: a, operator: Odd}]}}\n---\nkind: CronJob\nmetadata: {name: j}\nspec: {jobTemplate: [5]}",
		"groups: 5", "kind: PrometheusRule", "kind: PrometheusRule\nspec: {groups: [{rules: [{alert: A, expr: {}}]}]}",
	} {
		assert.NotPanics(t, func() { lintText(text) }, text)
	}
	assert.Equal(t, 1, lintText("kind: PrometheusRule").Problems, "a PrometheusRule without rules")
	assert.Equal(t, 1, lintText("groups: 5").Problems)
}

func TestServiceIsANoteOnly(t *testing.T) {
	const deployment = "kind: Deployment\nmetadata: {name: a, annotations: {sluice.dev/strategy: canary, sluice.dev/service: web}}\n" +
		"spec: {template: {metadata: {labels: {app: a}}}}\n"
	for name, test := range map[string]struct {
		service string
		found   bool
	}{
		"the named one":               {"kind: Service\nmetadata: {name: web}\nspec: {selector: {app: a}}", true},
		"of another name":             {"kind: Service\nmetadata: {name: api}\nspec: {selector: {app: a}}", false},
		"of another namespace":        {"kind: Service\nmetadata: {name: web, namespace: x}\nspec: {selector: {app: a}}", false},
		"that selects others":         {"kind: Service\nmetadata: {name: web}\nspec: {selector: {app: b}}", false},
		"that selects nothing at all": {"kind: Service\nmetadata: {name: web}", false},
	} {
		t.Run(name, func(t *testing.T) {
			report := lintText(deployment + "---\n" + test.service)
			assert.Zero(t, report.Problems)
			if test.found {
				assert.Empty(t, report.Findings)
				return
			}
			require.Len(t, report.Findings, 1)
			assert.Equal(t, CheckService, report.Findings[0].Check)
			assert.Equal(t, LevelNote, report.Findings[0].Level)
		})
	}
}

func TestRead(t *testing.T) {
	inputs, err := Read([]string{Stdin, filepath.Join("testdata", "shop", "README.md"), "testdata/shop", "testdata/none"}, strings.NewReader("from stdin"))
	require.ErrorIs(t, err, os.ErrNotExist)
	var sources []string
	for _, input := range inputs {
		sources = append(sources, filepath.Base(input.Source))
	}
	assert.Equal(t, []string{"standard input", "README.md", "deployments.yaml", "prometheus.json", "rules.yaml"}, sources,
		"a file that is named is read whatever its name")
	assert.Equal(t, "from stdin", string(inputs[0].Data))
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWritingFails(t *testing.T) {
	report := lintPaths(t, filepath.Join("testdata", "shop"))
	require.Error(t, report.WriteText(full{}))
	require.Error(t, report.WriteJSON(full{}))
}
