package spec_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
)

var update = flag.Bool("update", false, "write docs/annotations.md")

const reference = "../../docs/annotations.md"

func TestTheReferenceIsWhatTheCodeSays(t *testing.T) {
	want := markdown()
	if *update {
		require.NoError(t, os.WriteFile(reference, []byte(want), 0o600))
	}
	have, err := os.ReadFile(reference)
	require.NoError(t, err)
	assert.Equal(t, want, string(have), "go test ./pkg/spec -update writes it anew")
}

// markdown is docs/annotations.md.
func markdown() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, e := range spec.Catalogue() {
		only := "both"
		if e.Strategy != "" {
			only = string(e.Strategy)
		}
		short := strings.TrimPrefix(e.Name, spec.Prefix)
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s |\n", short, short, only, e.Meaning, otherwise(e))
	}
	b.WriteString(common)
	for _, e := range spec.Catalogue() {
		entry(&b, e)
	}
	b.WriteString(marksPreface)
	for _, m := range spec.Marks() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", strings.TrimPrefix(m.Name, spec.Prefix), m.Kind, m.On, m.Meaning)
	}
	b.WriteString(limits)
	return b.String()
}

// otherwise is what is so without the annotation, for a table.
func otherwise(e spec.Entry) string {
	if e.Default != "" {
		return "`" + e.Default + "`"
	}
	return e.Without
}

func entry(b *strings.Builder, e spec.Entry) {
	fmt.Fprintf(b, "\n## %s\n\n%s%s.\n\n", strings.TrimPrefix(e.Name, spec.Prefix), strings.ToUpper(e.Meaning[:1]), e.Meaning[1:])
	item := func(format string, args ...any) { b.WriteString(wrapped("- ", "  ", fmt.Sprintf(format, args...))) }
	if e.Strategy != "" {
		item("only with `strategy: %s`", e.Strategy)
	}
	item("value: `%s`", e.Grammar)
	if e.Default != "" {
		item("default: `%s`", e.Default)
	} else {
		item("without it: %s", e.Without)
	}
	for _, note := range e.Notes {
		item("%s", note)
	}
	if e.Page != "" {
		file, _, _ := strings.Cut(e.Page, "#")
		item("more: [%s](%s)", strings.TrimSuffix(file, ".md"), e.Page)
	}
	b.WriteString("\n| right | means |\n|---|---|\n")
	for _, example := range e.Examples {
		fmt.Fprintf(b, "| `%s` | %s |\n", example.Value, example.Means)
	}
	b.WriteString("\nWrong, and what is said:\n\n```text\n")
	for _, value := range e.Wrong {
		b.WriteString(wrapped("", "    ", e.Refusal(value)))
	}
	b.WriteString("```\n")
}

// wrapped breaks a text between words into lines of a readable width, the first with one margin, the others with another.
func wrapped(first, others, text string) string {
	const width = 140
	var b strings.Builder
	line := first
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			b.WriteString(line + "\n")
			line = others + word
		default:
			line += " " + word
		}
	}
	return b.String() + line + "\n"
}

const preface = `# Annotations

All begin with ` + "`sluice.dev/`" + ` and stand on the Deployment itself, not on its pod template. Only ` + "`strategy`" + ` is needed. This page is made from
the catalogue in ` + "`pkg/spec`" + `; tests compare the two, and the catalogue with what is parsed. ` + "`kubectl sluice annotations`" + ` shows the same in a
terminal, ` + "`kubectl sluice lint`" + ` checks manifests.

` + "```yaml" + `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  annotations:
    sluice.dev/strategy: canary
    sluice.dev/steps: "5@5m,25@10m,100@10m"
    sluice.dev/max-error-rate: "1%"
    sluice.dev/max-latency: p99<800ms
` + "```" + `

| annotation | strategy | meaning | default |
|---|---|---|---|
`

const common = `
What holds for all:

- **An annotation that isn't known, or a value that doesn't parse, starts nothing.** The condition ` + "`sluice.dev/Promoted`" + ` and a Warning event
  ` + "`InvalidAnnotation`" + ` name it, say what is wrong and what would be right. So does one that belongs to the other strategy. Stable serves on.
- Durations are Go's: ` + "`90s`, `5m`, `1h30m`" + `; none is negative or longer than 30 days. Space around a value means nothing. Values are text, so
  YAML needs quotes where it would read something else: ` + "`\"on\"`, `\"off\"`, `\"25\"`" + `.
- A change of steps, times or gates holds for the run that goes on as well. Another strategy in the
  middle of a run holds it, and says so; its hooks are those that it began with.
- Grammars are EBNF; white space is free around commas, semicolons and signs, not inside of words.
`

const marksPreface = `
## What Sluice writes

All with the prefix ` + "`sluice.dev/`" + `. Of these only ` + "`rules`" + ` is yours to write.

| name | kind | on | meaning |
|---|---|---|---|
`

const limits = `
Besides, while a run goes on: ` + "`spec.paused`" + ` of the Deployment, the label ` + "`pod-template-hash`" + ` in the selector of your Service, and destinations and
weights in your VirtualServices. At the hand over the ReplicaSet gets what the Deployment controller would have written on one of its own.
The record is the ConfigMap ` + "`<deployment>-sluice`" + `. After a run your Service and VirtualServices are what you last wrote.

[Events and conditions](events.md) explains the condition's reasons.

## Limits

| what | at most |
|---|---|
| steps | 100, for weights are whole and rise |
| a duration | 30 days |
| alert rules of one Deployment | 20, names of 200 bytes |
| a header's name, and its value | 200 bytes each |
| what a message repeats of a wrong value | 80 bytes |
| runs in the record | the last 10 |
`
