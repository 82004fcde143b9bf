package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/test/validate/exact"
	"github.com/sluice-dev/sluice/test/validate/peers"
)

// Document is what validation.md is made of.
type Document struct {
	Results      *Results
	Expectations []exact.Expectation
	Sizes        []exact.Distribution
	Agreement    exact.Agreement
	Seed         uint64
	Problems     []string
}

// title is a peer's name in the tables.
func title(rule string) string {
	switch rule {
	case "argoFailureLimit0":
		return "Argo Rollouts, failureLimit 0"
	case "argoFailureLimit3":
		return "Argo Rollouts, failureLimit 3"
	case "flaggerThreshold5":
		return "Flagger, threshold 5"
	case "kayentaMannWhitney":
		return "Kayenta, Mann-Whitney"
	default:
		return rule
	}
}

// Markdown is the whole page.
func (d *Document) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, introduction, runs(d.Results.Null), d.Seed)
	b.WriteString(d.verdict())
	b.WriteString(d.exact())
	b.WriteString(d.null())
	b.WriteString(d.power())
	b.WriteString(peersText)
	b.WriteString(limitsText)
	return b.String()
}

func runs(all []Null) int {
	var n int
	for i := range all {
		n += all[i].Runs
	}
	return n
}

func (d *Document) verdict() string {
	if len(d.Problems) == 0 {
		return "All criteria are met.\n\n"
	}
	return "**Not all criteria are met:**\n\n- " + strings.Join(d.Problems, "\n- ") + "\n\n"
}

// table writes a table; the first column is text, the others are numbers.
func table(header []string, rows [][]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|---|%s\n", strings.Join(header, " | "), strings.Repeat("---:|", len(header)-1))
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	return b.String() + "\n"
}

func (d *Document) exact() string {
	var b strings.Builder
	b.WriteString(exactText)
	var rows [][]string
	for _, e := range d.Expectations {
		rows = append(rows, []string{e.Test, fmt.Sprint(e.Cases), fmt.Sprintf("1 + %.1g", max(e.Largest-1, 0))})
	}
	b.WriteString(table([]string{"test", "factors enumerated", "largest expectation"}, rows))
	fmt.Fprintf(&b, agreementText, d.Agreement.Dispersed, d.Agreement.Runs, d.Agreement.Furthest, d.Agreement.Empty)
	rows = nil
	for _, s := range d.Sizes {
		rows = append(rows, []string{
			s.Size.String(), fmt.Sprint(s.Verdicts), fmt.Sprintf("%.3g %%", 100*s.Abort),
			fmt.Sprintf("%.3g %%", 100*s.Pass),
		})
	}
	b.WriteString(table([]string{"run", "verdicts", "P(false abort), at most", "P(false pass)"}, rows))
	return b.String()
}

func (d *Document) null() string {
	header := []string{"healthy canary", "runs", "Sluice", "upper 95 % bound"}
	for _, rule := range peers.All() {
		header = append(header, title(rule.Name))
	}
	rows := func(independent bool) [][]string {
		var rows [][]string
		for _, n := range d.Results.Null {
			if n.Independent != independent {
				continue
			}
			row := []string{n.Name, fmt.Sprint(n.Runs), percent(n.Tally), fmt.Sprintf("%.2f %%", 100*n.Upper95)}
			for _, rule := range peers.All() {
				row = append(row, percent(n.Peers[rule.Name]))
			}
			rows = append(rows, row)
		}
		return rows
	}
	return nullText + table(header, rows(true)) + burstText + table(header, rows(false))
}

func percent(t Tally) string {
	if t.Runs == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f %%", 100*float64(t.FalseAborts)/float64(t.Runs))
}

func (d *Document) power() string {
	header := []string{"canary", "median", "90 %", "reference", "× reference", "ideal", "× ideal", "failed requests"}
	var rows, against [][]string
	for _, p := range d.Results.Power {
		rows = append(rows, []string{
			p.Name, p.MedianRequests.String(), p.P90Requests.String(), p.ReferenceMedian.String(), times(p.MedianRequests, p.ReferenceMedian),
			p.IdealMedian.String(), times(p.MedianRequests, p.IdealMedian), fmt.Sprintf("%.1f", float64(p.FailedRequests)),
		})
		if !p.Promote {
			against = append(against, beside(p))
		}
	}
	columns := []string{"canary", "Sluice"}
	for _, rule := range peers.All() {
		columns = append(columns, title(rule.Name))
	}
	return powerText + table(header, rows) + besideText + table(columns, against)
}

func times(a, b Number) string {
	if !a.Known() || !b.Known() {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(a/b))
}

// beside is a row of all rules: median requests, failed requests, and what is to be known about runs that don't count.
func beside(p Power) []string {
	cell := func(requests, failed Number, aborted, early float64) string {
		text := fmt.Sprintf("%v / %.1f", requests, float64(failed))
		var notes []string
		if early > 0 {
			notes = append(notes, fmt.Sprintf("%.1f %% too early", 100*early))
		}
		if never := 1 - aborted - early; never > .0005 {
			notes = append(notes, fmt.Sprintf("%.1f %% never", 100*never))
		}
		if len(notes) > 0 {
			text += " (" + strings.Join(notes, ", ") + ")"
		}
		return text
	}
	row := []string{p.Name, cell(p.MedianRequests, p.FailedRequests, p.Aborted, p.Early)}
	for _, rule := range peers.All() {
		peer := p.Peers[rule.Name]
		row = append(row, cell(peer.MedianRequests, peer.FailedRequests, peer.Aborted, peer.Early))
	}
	return row
}

// rates are the numbers of requests per second of the cases for the picture, in order.
func rates(all []Null, part string) []Null {
	var found []Null
	for _, n := range all {
		if n.Requests > 0 && strings.HasPrefix(n.Name, "p = "+part+" p0,") {
			found = append(found, n)
		}
	}
	slices.SortFunc(found, func(a, b Null) int {
		if a.Requests < b.Requests {
			return -1
		}
		return 1
	})
	return found
}
