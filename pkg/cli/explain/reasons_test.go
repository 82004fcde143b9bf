package explain_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// constants are the values of a package's constants of the type Reason, by their names.
func constants(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	found := map[string]string{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, entry.Name()), nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "Reason" {
				for i, name := range v.Names {
					value, err := strconv.Unquote(v.Values[i].(*ast.BasicLit).Value)
					require.NoError(t, err)
					found[name.Name] = value
				}
			}
			return true
		})
	}
	require.Greater(t, len(found), 15, "the constants are looked for in the wrong way")
	return found
}

func TestEveryReasonHasASentence(t *testing.T) {
	var all []spec.Reason
	for name, value := range constants(t, "../../spec") {
		all = append(all, spec.Reason(value))
		words, ok := explain.Reason(spec.Reason(value))
		if assert.True(t, ok, "%s (%s) is not explained", name, value) {
			sentence(t, name, words.Why)
			sentence(t, name, words.Change)
		}
	}
	assert.ElementsMatch(t, all, spec.Reasons(), "the list of them")
	_, ok := explain.Reason("NoSuchReason")
	assert.False(t, ok)
}

func TestEveryReasonOfAGateHasWords(t *testing.T) {
	for name, value := range constants(t, "../../analysis") {
		why, ok := explain.Gate(analysis.Reason(value))
		assert.True(t, ok && why != "", "%s (%s) is not explained", name, value)
	}
	_, ok := explain.Gate("NoSuchReason")
	assert.False(t, ok)
}

func sentence(t *testing.T, name, text string) {
	t.Helper()
	if assert.NotEmpty(t, text, name) {
		assert.True(t, strings.HasSuffix(text, ".") && strings.ToUpper(text[:1]) == text[:1], "%s: %q is no sentence", name, text)
	}
}
