package spec

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with an annotation.
type Problem struct {
	// Annotation is the full name.
	Annotation string
	// Value is what the user wrote, cut to a readable length.
	Value string
	// Wrong says what is wrong with it, Want what would be right.
	Wrong, Want string
}

// String reads: sluice.dev/steps: "10,5": weights must rise, 5 follows 10; want for example "10@1m,50@1m,100@1m".
func (p Problem) String() string {
	return fmt.Sprintf("%s: %q: %s; want %s", p.Annotation, p.Value, p.Wrong, p.Want)
}

// Describe joins problems into one message.
func Describe(problems []Problem) string {
	lines := make([]string, 0, len(problems))
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "; ")
}

// maxShown bounds how much of a user's value is repeated in messages, in bytes: conditions and events have limits of their own.
const maxShown = 80

func shown(value string) string {
	if len(value) <= maxShown {
		return value
	}
	return strings.ToValidUTF8(value[:maxShown], "") + "…"
}
