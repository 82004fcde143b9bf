package spec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
)

func TestTheCatalogueHasEveryAnnotationOnce(t *testing.T) {
	var have []string
	for _, e := range spec.Catalogue() {
		have = append(have, e.Name)
	}
	for _, m := range spec.Marks() {
		have = append(have, m.Name)
	}
	want := constants(t, "Annotation", "Label", "Condition")
	slices.Sort(have)
	assert.Equal(t, have, slices.Compact(slices.Clone(have)), "none twice")
	assert.Subset(t, have, want)
	require.Greater(t, len(want), 20)

	// The message about an unknown annotation lists those that users write: the same.
	message := spec.Parse(with(spec.Prefix+"none", "x")).Problems[0].Want
	for _, e := range spec.Catalogue() {
		assert.Contains(t, message, e.Name)
	}
	assert.Equal(t, len(spec.Catalogue()), strings.Count(message, spec.Prefix))
}

// constants are the values of this package's constants whose names begin with one of the prefixes, read from the source: one that is
// added can't be forgotten.
func constants(t *testing.T, prefixes ...string) []string {
	t.Helper()
	var values []string
	for _, file := range []string{"annotations.go", "reasons.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			value, is := n.(*ast.ValueSpec)
			if !is || !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(value.Names[0].Name, p) }) {
				return true
			}
			sum, is := value.Values[0].(*ast.BinaryExpr)
			require.True(t, is, value.Names[0].Name)
			suffix, is := sum.Y.(*ast.BasicLit)
			require.True(t, is, value.Names[0].Name)
			values = append(values, spec.Prefix+strings.Trim(suffix.Value, `"`))
			return true
		})
	}
	slices.Sort(values)
	return values
}

func TestTheCatalogueIsTrue(t *testing.T) {
	for _, e := range spec.Catalogue() {
		t.Run(e.Name, func(t *testing.T) {
			strategy := map[string]string{spec.AnnotationStrategy: e.With("")[spec.AnnotationStrategy]}
			if e.Default == "" {
				assert.NotEmpty(t, e.Without, "what is so without it")
			} else {
				assert.Empty(t, e.Without)
				assert.Equal(t, spec.Parse(strategy), spec.Parse(e.With(e.Default)), "the default is what is so without it")
			}
			assert.NotEmpty(t, e.Grammar)
			assert.NotEmpty(t, e.Meaning)
			assert.False(t, strings.HasSuffix(e.Meaning, "."), "the meaning is put into sentences")
			require.NotEmpty(t, e.Examples)
			for _, example := range e.Examples {
				assert.Empty(t, spec.Parse(e.With(example.Value)).Problems, example.Value)
				assert.NotEmpty(t, example.Means, example.Value)
			}
			require.NotEmpty(t, e.Wrong)
			for _, value := range e.Wrong {
				problems := spec.Parse(e.With(value)).Problems
				require.Len(t, problems, 1, value)
				assert.Equal(t, e.Name, problems[0].Annotation, value)
				assert.Equal(t, problems[0].String(), e.Refusal(value))
			}
		})
	}
}

func TestTheCatalogueSaysWhichStrategyHasAnAnnotation(t *testing.T) {
	for _, e := range spec.Catalogue() {
		for _, s := range []spec.Strategy{spec.StrategyCanary, spec.StrategyBlueGreen} {
			if e.Name == spec.AnnotationStrategy {
				continue
			}
			got := spec.Parse(map[string]string{spec.AnnotationStrategy: string(s), e.Name: e.Examples[0].Value})
			assert.Equal(t, e.Strategy == "" || e.Strategy == s, len(got.Problems) == 0, "%s of %s", e.Name, s)
		}
	}
}

func TestTheCatalogueStatesTheBoundsThatHold(t *testing.T) {
	long := strings.Repeat("a", 201)
	for says, c := range map[string]struct{ name, right, wrong string }{
		"a header's name of 200 bytes":  {spec.AnnotationCanaryHeader, long[:200] + "=x", long + "=x"},
		"a header's value of 200 bytes": {spec.AnnotationCanaryHeader, "x=" + long[:200], "x=" + long},
		"a rule's name of 200 bytes":    {spec.AnnotationAlerts, long[:200], long},
		"20 rules":                      {spec.AnnotationAlerts, numbered(20), numbered(21)},
		"a duration of 30 days":         {spec.AnnotationMaxHold, "720h", "720h0m1s"},
	} {
		t.Run(says, func(t *testing.T) {
			assert.Empty(t, spec.Parse(with(c.name, c.right)).Problems)
			assert.NotEmpty(t, spec.Parse(with(c.name, c.wrong)).Problems)
		})
	}
}

// numbered are so many names of rules.
func numbered(n int) string {
	var names []string
	for i := range n {
		names = append(names, "A"+strings.Repeat("x", i))
	}
	return strings.Join(names, ",")
}
