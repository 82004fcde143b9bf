package lint

import (
	"encoding/json"
	"fmt"
	"io"
)

// WriteJSON writes a report for a program; Report has the schema.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// WriteText writes a report for a person.
func (r Report) WriteText(w io.Writer) error {
	p := &printer{w: w}
	about, unnamed := "", false
	for _, f := range r.Findings {
		if f.Check == CheckRule && !unnamed {
			unnamed = true
			p.printf("Rules that no Deployment names, and what would become of them:\n\n")
		}
		if heading := fmt.Sprintf("%s (%s)", f.Object, f.Source); heading != about {
			about = heading
			if f.Object == f.Source {
				heading = f.Source
			}
			p.printf("%s\n", heading)
		}
		p.finding(f)
	}
	for _, u := range r.Unread {
		p.printf("%s: document %d can't be read: %s\n", u.Source, u.Document, u.Error)
	}
	switch {
	case len(r.Findings)+len(r.Unread) == 0:
		p.printf("nothing of Sluice's in these files\n")
	case r.Problems == 1:
		p.printf("1 problem\n")
	default:
		p.printf("%d problems\n", r.Problems)
	}
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) finding(f Finding) {
	line := map[Level]string{LevelOK: "  ok       ", LevelNote: "  note     ", LevelProblem: "  PROBLEM  "}[f.Level]
	if f.Name != "" {
		line += f.Name
		if f.Check == CheckAnnotation && f.Value != "" {
			line += fmt.Sprintf(": %q", f.Value)
		}
		line += ": "
	}
	if f.Mode != "" {
		line += string(f.Mode) + ": "
	}
	p.printf("%s%s\n", line, f.Why)
	if f.Rule != "" {
		p.printf("           rule of %s\n", f.Rule)
	}
	if f.Mend != "" {
		p.printf("           want: %s\n", f.Mend)
	}
	p.printf("\n")
}
