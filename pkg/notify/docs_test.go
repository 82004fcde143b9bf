package notify

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the fields into docs/notifications.md, docs/webhook.schema.json and the example of a body")

const (
	page     = "../../docs/notifications.md"
	schema   = "../../docs/webhook.schema.json"
	examples = "../../examples/notifications"
)

// field is one row of the table of fields.
type field struct {
	path, kind, doc string
}

// fieldsOf lists what a body is made of, in its order; nested fields follow their parent.
func fieldsOf(kind reflect.Type, prefix string) []field {
	var all []field
	for i := range kind.NumField() {
		f := kind.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		path, inner := prefix+name, f.Type
		words := f.Tag.Get("doc")
		if values := f.Tag.Get("enum"); values != "" {
			words += " (`" + strings.ReplaceAll(values, ",", "`, `") + "`)"
		}
		if inner.Kind() == reflect.Slice {
			path, inner = path+"[]", inner.Elem()
		} else if inner.Kind() == reflect.Pointer && inner.Elem().Kind() == reflect.Struct {
			inner = inner.Elem()
		}
		all = append(all, field{path, shape(f), words})
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() {
			all = append(all, fieldsOf(inner, path+".")...)
		}
	}
	return all
}

// shape is a field's type in JSON, in words.
func shape(f reflect.StructField) string {
	optional := ""
	if strings.HasSuffix(f.Tag.Get("json"), ",omitempty") {
		optional = ", or not there"
	}
	kind := f.Type
	switch {
	case kind == reflect.TypeFor[*float64]():
		return "number or null" + optional
	case kind == reflect.TypeFor[time.Time](), kind.Kind() == reflect.String:
		return "string" + optional
	case kind.Kind() == reflect.Int:
		return "integer" + optional
	case kind.Kind() == reflect.Slice:
		return "list" + optional
	default:
		return "object" + optional
	}
}

// schemaOf is the JSON schema of a type.
func schemaOf(kind reflect.Type) map[string]any {
	switch {
	case kind == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case kind == reflect.TypeFor[*float64]():
		return map[string]any{"type": []string{"number", "null"}}
	case kind.Kind() == reflect.Pointer:
		return schemaOf(kind.Elem())
	case kind.Kind() == reflect.String:
		return map[string]any{"type": "string"}
	case kind.Kind() == reflect.Int:
		return map[string]any{"type": "integer"}
	case kind.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(kind.Elem())}
	}
	properties, required := map[string]any{}, []string{}
	for i := range kind.NumField() {
		f := kind.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		about := schemaOf(f.Type)
		about["description"] = f.Tag.Get("doc")
		if values := f.Tag.Get("enum"); values != "" {
			about["enum"] = strings.Split(values, ",")
		}
		properties[name] = about
		if option == "" {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func indented(t *testing.T, value any) string {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(value))
	return out.String()
}

// settled compares a file with what it must be, or writes it.
func settled(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, string(have), "%s: bring it up to date with go test ./pkg/notify -run Docs -update", path)
}

func TestDocsHaveTheSchemaOfABody(t *testing.T) {
	s := schemaOf(reflect.TypeFor[Notification]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Notification of Sluice's webhook, version " + BodyVersion
	settled(t, schema, indented(t, s))
}

func TestDocsHaveARealBody(t *testing.T) {
	w := aborted("web", "run 7 of web-new: error-rate: 15.2 % of 1200 requests failed, 5 % are allowed, stable has 0.9 %; all traffic goes to web-old")
	w.At, w.Run.StartedAt = w.At.Truncate(time.Millisecond), w.Run.StartedAt.Truncate(time.Millisecond)
	w.Status.Gates = w.Status.Gates[:1]
	g := &w.Status.Gates[0]
	g.Outcome, g.Value, g.StableValue, g.Canary.Requests, g.Stable.Requests = "Fail", 0.152, 0.009, 1200, 1190
	g.Abort.Log10E, g.Promote.Log10E = 9.4, -8
	settled(t, filepath.Join(examples, "body.json"), indented(t, of(w, 1)))
}

func TestDocsListTheFieldsOfABody(t *testing.T) {
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	rows := []string{"| field | type | what it is |", "|---|---|---|"}
	for _, f := range fieldsOf(reflect.TypeFor[Notification](), "") {
		require.NotEmpty(t, f.doc, f.path)
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", f.path, f.kind, f.doc))
	}
	settled(t, page, between(t, string(content), "fields", strings.Join(rows, "\n")))
}

// between puts text between the two marks of a name.
func between(t *testing.T, page, name, text string) string {
	t.Helper()
	first, last := "<!-- "+name+" -->\n", "\n<!-- /"+name+" -->"
	head, rest, found := strings.Cut(page, first)
	require.True(t, found, name)
	_, tail, found := strings.Cut(rest, last)
	require.True(t, found, name)
	return head + first + text + last + tail
}

func TestDocsQuoteTheExamplesAsTheyAre(t *testing.T) {
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	quoted := map[string]bool{}
	for _, m := range regexp.MustCompile("(?s)<!-- from (\\S+) -->\n```\\w*\n(.*?)```\n").FindAllStringSubmatch(string(content), -1) {
		file, err := os.ReadFile(filepath.Join("../..", m[1]))
		require.NoError(t, err)
		assert.Contains(t, string(file), m[2], "%s is quoted wrongly", m[1])
		quoted[filepath.Base(m[1])] = true
	}
	files, err := os.ReadDir(examples)
	require.NoError(t, err)
	for _, f := range files {
		assert.True(t, quoted[f.Name()], "%s quotes nothing of %s", page, f.Name())
	}
	assert.True(t, quoted["verify_test.go"])
	for line := range strings.SplitSeq(string(content), "\n") {
		if !strings.HasPrefix(line, "|") {
			assert.LessOrEqual(t, len([]rune(line)), 140, line)
		}
	}
	assert.True(t, slices.IsSorted(sections(string(content))), "the three ways are numbered in order")
}

func sections(page string) []string {
	return regexp.MustCompile(`(?m)^## \d`).FindAllString(page, -1)
}
