package dashboards

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// schema is a JSON schema with as much of the language as Grafana's needs.
type schema struct {
	Ref         string            `json:"$ref"`
	Type        any               `json:"type"`
	Properties  map[string]schema `json:"properties"`
	Required    []string          `json:"required"`
	Additional  json.RawMessage   `json:"additionalProperties"`
	Items       *schema           `json:"items"`
	AnyOf       []schema          `json:"anyOf"`
	Enum        []any             `json:"enum"`
	Const       any               `json:"const"`
	Definitions map[string]schema `json:"definitions"`
}

// grafanaSchema is made of the types of the npm package @grafana/schema 11.6: objects have no fields but those of the schema.
func grafanaSchema(t *testing.T) schema {
	t.Helper()
	var s schema
	require.NoError(t, json.Unmarshal([]byte(read(t, filepath.Join("testdata", "grafana-11.6.schema.json"))), &s))
	return s
}

// check is what is wrong with a value, each with its place.
func (root schema) check(at string, s schema, value any) []string {
	switch {
	case s.Ref != "":
		definition, ok := root.Definitions[strings.TrimPrefix(s.Ref, "#/definitions/")]
		if !ok {
			return []string{at + ": the schema has no " + s.Ref}
		}
		return root.check(at, definition, value)
	case len(s.AnyOf) > 0:
		return root.any(at, s.AnyOf, value)
	case s.Const != nil && s.Const != value:
		return []string{fmt.Sprintf("%s: %v is not %v", at, value, s.Const)}
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, value):
		return []string{fmt.Sprintf("%s: %v is none of %v", at, value, s.Enum)}
	case !fits(s.Type, value):
		return []string{fmt.Sprintf("%s: %v is no %v", at, value, s.Type)}
	}
	switch v := value.(type) {
	case map[string]any:
		return root.object(at, s, v)
	case []any:
		var wrong []string
		for i, item := range v {
			if s.Items != nil {
				wrong = append(wrong, root.check(fmt.Sprintf("%s[%d]", at, i), *s.Items, item)...)
			}
		}
		return wrong
	}
	return nil
}

// any is what is wrong with the alternative that fits best.
func (root schema) any(at string, alternatives []schema, value any) []string {
	var best []string
	for i, alternative := range alternatives {
		wrong := root.check(at, alternative, value)
		if i == 0 || len(wrong) < len(best) {
			best = wrong
		}
	}
	return best
}

func (root schema) object(at string, s schema, value map[string]any) []string {
	var wrong []string
	for _, name := range s.Required {
		if _, ok := value[name]; !ok {
			wrong = append(wrong, at+": without "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		property, known := s.Properties[name]
		var others schema
		switch {
		case known:
			wrong = append(wrong, root.check(at+"."+name, property, value[name])...)
		case string(s.Additional) == "false":
			wrong = append(wrong, at+": "+name+" is unknown")
		case len(s.Additional) > 0 && json.Unmarshal(s.Additional, &others) == nil:
			wrong = append(wrong, root.check(at+"."+name, others, value[name])...)
		}
	}
	return wrong
}

// fits says whether a value is of a type, or of one of several. No type: any will do.
func fits(kind, value any) bool {
	switch k := kind.(type) {
	case []any:
		return slices.ContainsFunc(k, func(one any) bool { return fits(one, value) })
	case nil:
		return true
	}
	switch value.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer"
	case string:
		return kind == "string"
	case []any:
		return kind == "array"
	default:
		return kind == "object"
	}
}

func TestDashboardsKeepToGrafanasSchema(t *testing.T) {
	s := grafanaSchema(t)
	for _, path := range files(t) {
		var value any
		require.NoError(t, json.Unmarshal([]byte(read(t, path)), &value))
		assert.Empty(t, s.check("dashboard", s, value), path)
	}
}

func TestTheSchemaFindsFaults(t *testing.T) {
	s := grafanaSchema(t)
	for name, c := range map[string]struct{ from, to, want string }{
		"an unknown field":            {`"graphTooltip"`, `"graphToolTip"`, "graphToolTip is unknown"},
		"a wrong type":                {`"schemaVersion": 39`, `"schemaVersion": "39"`, "schemaVersion: 39 is no number"},
		"an unknown option":           {`"showUnfilled"`, `"showUnfiled"`, "showUnfiled is unknown"},
		"a word that is none of some": {`"drawStyle": "bars"`, `"drawStyle": "bar"`, "drawStyle: bar is"},
		"an unknown kind of panel":    {`"type": "bargauge"`, `"type": "bargauges"`, "type: bargauges is not"},
		"a field of a query":          {`"legendFormat"`, `"legend"`, "legend is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			text := read(t, filepath.Join(root, "charts", "sluice", "dashboards", "rollouts.json"))
			require.Contains(t, text, c.from)
			var value any
			require.NoError(t, json.Unmarshal([]byte(strings.Replace(text, c.from, c.to, 1)), &value))
			assert.Contains(t, strings.Join(s.check("dashboard", s, value), "\n"), c.want)
		})
	}
}
