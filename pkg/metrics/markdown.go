package metrics

import (
	"fmt"
	"strings"
)

// Markdown is the catalogue as docs/metrics.md shows it.
func Markdown() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, part := range []struct {
		title, about string
		metrics      []Metric
	}{
		{"Rollouts", "One series for each managed Deployment, or several.", ofRollouts()},
		{"Gates", "What the gates have measured in the run, and what they make of it. [How gates judge](gates.md).", ofGates()},
		{"Runs", "What has ended, and when what happened.", ofRuns()},
		{"Controller", "The process itself.", ofProcess()},
		{"Queries to Prometheus", "Those that gather evidence.", ofQueries()},
		{"Webhook", "Notifications, see [notifications.md](notifications.md).", ofWebhook()},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", part.title, part.about)
		for _, m := range part.metrics {
			m.entry(&b)
		}
	}
	return b.String()
}

const preface = `# Metrics

Every metric that the controller serves under ` + "`/metrics`" + `, beside those of the Go runtime and of the process. This page is made from the
catalogue in ` + "`pkg/metrics`" + `; a test compares the two, and the catalogue with what a running controller serves.

- Only the replica that leads has series of Deployments; the others have ` + "`sluice_leader`" + ` 0.
- The labels ` + "`namespace` and `deployment`" + ` are the Deployment's. Scrape with ` + "`honorLabels: true`" + `: otherwise Prometheus keeps the controller's own
  namespace under that name and puts the Deployment's into ` + "`exported_namespace`" + `.
- The series of a Deployment end when it is no longer managed, those of a run when the run has been promoted or replaced. No label has values
  without bound, but for the names of Deployments, of their ReplicaSets and of alert rules.
- Counters begin at 0 when a replica begins to lead; timestamps are read from the records and survive that.
- At rest a Deployment that has had no run has three series, so that thousands of them cost little.
`

func (m Metric) entry(b *strings.Builder) {
	fmt.Fprintf(b, "\n### `%s`\n\n%s %s\n\n", m.Name, kindWord(m.Kind), m.Help)
	fmt.Fprintf(b, "- there: %s\n", m.When)
	for _, l := range m.Labels {
		fmt.Fprintf(b, "- `%s`: %s\n", l.Name, l.Values)
	}
	if m.Kind == Histogram {
		bounds := make([]string, 0, len(m.Buckets))
		for _, bound := range m.Buckets {
			bounds = append(bounds, fmt.Sprintf("%g", bound))
		}
		fmt.Fprintf(b, "- buckets: %s\n", strings.Join(bounds, ", "))
	}
}

func kindWord(k Kind) string { return "**" + string(k) + "**." }
