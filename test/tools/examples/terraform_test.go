package examples

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

const root = "../../../"

// blocks are those of all files, in the files' order.
func blocks(t *testing.T) hclsyntax.Blocks {
	t.Helper()
	paths, err := filepath.Glob(root + "examples/terraform/*.tf")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	var all hclsyntax.Blocks
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		file, problems := hclsyntax.ParseConfig(content, path, hcl.InitialPos)
		require.False(t, problems.HasErrors(), problems.Error())
		assert.Equal(t, string(hclwrite.Format(content)), string(content), "%s is not as terraform fmt has it", path)
		body, is := file.Body.(*hclsyntax.Body)
		require.True(t, is)
		assert.Empty(t, body.Attributes, path)
		all = append(all, body.Blocks...)
	}
	return all
}

// of are the blocks of a type.
func of(all hclsyntax.Blocks, kind string, labels ...string) hclsyntax.Blocks {
	var found hclsyntax.Blocks
	for _, b := range all {
		if b.Type == kind && (len(labels) == 0 || slices.Equal(b.Labels, labels)) {
			found = append(found, b)
		}
	}
	return found
}

// references are the first two words of every variable that a body speaks of: var.replicas, helm_release.sluice.
func references(body *hclsyntax.Body, into map[string]bool) {
	for _, attribute := range body.Attributes {
		for _, traversal := range attribute.Expr.Variables() {
			if len(traversal) > 1 {
				if second, is := traversal[1].(hcl.TraverseAttr); is {
					into[traversal.RootName()+"."+second.Name] = true
				}
			}
		}
	}
	for _, b := range body.Blocks {
		references(b.Body, into)
	}
}

// declared is every name that can be referred to.
func declared(all hclsyntax.Blocks) map[string]bool {
	names := map[string]bool{}
	for _, b := range of(all, "variable") {
		names["var."+b.Labels[0]] = true
	}
	for _, b := range of(all, "resource") {
		names[strings.Join(b.Labels, ".")] = true
	}
	return names
}

func TestEveryNameIsDeclaredAndEveryVariableUsed(t *testing.T) {
	t.Parallel()
	all := blocks(t)
	used := map[string]bool{}
	for _, b := range all {
		if b.Type != "variable" { // a validation that names its own variable is no use of it
			references(b.Body, used)
		}
	}
	names := declared(all)
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if !strings.HasPrefix(name, "each.") && !strings.HasPrefix(name, "n.") {
			assert.True(t, names[name], "%s is not declared", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if strings.HasPrefix(name, "var.") {
			assert.True(t, used[name], "%s is not used", name)
		}
	}
}

func TestVariablesAndOutputsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	all := blocks(t)
	described := append(of(all, "variable"), of(all, "output")...)
	require.NotEmpty(t, described)
	for _, b := range described {
		assert.Contains(t, b.Body.Attributes, "description", b.Labels[0])
		if b.Type == "variable" {
			assert.Contains(t, b.Body.Attributes, "type", b.Labels[0])
		}
	}
}

// given are the variables' values: their defaults, and what is given instead; a set is a list.
func given(t *testing.T, all hclsyntax.Blocks, instead map[string]cty.Value) cty.Value {
	t.Helper()
	values := map[string]cty.Value{}
	for _, b := range of(all, "variable") {
		name := b.Labels[0]
		kind, problems := typeexpr.TypeConstraint(b.Body.Attributes["type"].Expr)
		require.False(t, problems.HasErrors(), problems.Error())
		values[name] = cty.UnknownVal(kind)
		if value, is := b.Body.Attributes["default"]; is {
			values[name], problems = value.Expr.Value(nil)
			require.False(t, problems.HasErrors(), problems.Error())
		}
		if value, is := instead[name]; is {
			values[name] = value
		}
	}
	return cty.ObjectVal(values)
}

// functions are those of Terraform that the example uses.
func functions() map[string]function.Function {
	return map[string]function.Function{
		"sort": stdlib.SortFunc, "length": stdlib.LengthFunc, "regex": stdlib.RegexFunc, "floor": stdlib.FloorFunc,
		"yamlencode": stdlib.JSONEncodeFunc, // which is YAML
	}
}

func TestTheValuesThatAreGivenAreTheCharts(t *testing.T) {
	t.Parallel()
	compiled, err := jsonschema.NewCompiler().Compile(root + "charts/sluice/values.schema.json")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		variables map[string]cty.Value
		valid     bool
	}{
		"what must be given": {map[string]cty.Value{"prometheus_address": cty.StringVal("http://prometheus:9090")}, true},
		"everything": {map[string]cty.Value{
			"prometheus_address": cty.StringVal(""), "replicas": cty.NumberIntVal(3), "only_these_namespaces": cty.True,
			"image_digest": cty.StringVal("sha256:" + strings.Repeat("0", 64)),
		}, true},
		"replicas that are none": {map[string]cty.Value{
			"prometheus_address": cty.StringVal(""), "replicas": cty.StringVal("many"),
		}, false},
		"an address that is none": {map[string]cty.Value{"prometheus_address": cty.StringVal("prometheus:9090")}, false},
	} {
		all := blocks(t)
		release := of(all, "resource", "helm_release", "sluice")
		require.Len(t, release, 1)
		namespace := cty.ObjectVal(map[string]cty.Value{"metadata": cty.TupleVal([]cty.Value{
			cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal("shop")}),
		})})
		values, problems := release[0].Body.Attributes["values"].Expr.Value(&hcl.EvalContext{
			Variables: map[string]cty.Value{
				"var": given(t, all, c.variables),
				"kubernetes_namespace_v1": cty.ObjectVal(map[string]cty.Value{
					"controller": namespace, "application": cty.ObjectVal(map[string]cty.Value{"shop": namespace}),
				}),
			},
			Functions: functions(),
		})
		require.False(t, problems.HasErrors(), "%s: %s", name, problems.Error())
		require.Equal(t, 1, values.LengthInt())
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(values.Index(cty.NumberIntVal(0)).AsString()))
		require.NoError(t, err)
		if err := compiled.Validate(document); c.valid {
			require.NoError(t, err, name)
		} else {
			require.Error(t, err, name)
		}
	}
}

// TestProvidersAreThoseOfOneMajorVersion: the next one may mean something else by the same words.
func TestProvidersAreThoseOfOneMajorVersion(t *testing.T) {
	t.Parallel()
	terraform := of(blocks(t), "terraform")
	require.Len(t, terraform, 1)
	for _, b := range terraform[0].Body.Blocks {
		require.Equal(t, "required_providers", b.Type)
		assert.Len(t, b.Body.Attributes, 2)
		for name, attribute := range b.Body.Attributes {
			value, problems := attribute.Expr.Value(nil)
			require.False(t, problems.HasErrors(), problems.Error())
			text, err := ctyjson.Marshal(value, value.Type())
			require.NoError(t, err)
			var provider struct{ Source, Version string }
			require.NoError(t, json.Unmarshal(text, &provider))
			assert.Equal(t, "hashicorp/"+name, provider.Source)
			assert.Regexp(t, regexp.MustCompile(`^~> \d+\.\d+$`), provider.Version)
		}
	}
}
