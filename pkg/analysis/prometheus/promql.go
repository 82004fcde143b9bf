package prometheus

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// promQL is the query for a batch, of the samples in a window of time where it is about those.
func (b batch) promQL(k kind, window time.Duration) string {
	switch k {
	case kindSamples:
		return b.selector(window)
	case kindBounds:
		return "group by (namespace,pod,le) (count_over_time(" + b.selector(window) + "))"
	case kindControl:
		return b.control()
	case kindRule:
		return b.expressions()
	}
	return ""
}

// selector selects the samples of all pods of a batch.
func (b batch) selector(window time.Duration) string {
	var s scope
	var buckets []string
	for _, a := range b {
		s.add(a)
		for _, le := range a.buckets {
			buckets = insert(buckets, le)
		}
	}
	matchers := s.matchers()
	if own := b[0].family.matchers; len(own) > 0 {
		matchers += "," + spec.JoinMatchers(own)
	}
	if len(buckets) > 0 {
		matchers += "," + labelBucket + "=~" + strconv.Quote(alternatives(buckets))
	}
	return b[0].family.metric + "{" + matchers + "}[" + strconv.FormatInt(window.Milliseconds(), 10) + "ms]"
}

// control asks which pods have a metric, with the labels that somebody's matchers are about.
func (b batch) control() string {
	by := []string{labelNamespace, labelPod}
	var s scope
	var labels []string
	for _, a := range b {
		s.add(a)
		for _, label := range a.control.of.labels {
			labels = insert(labels, label)
		}
	}
	selector := b[0].control.of.metric + "{" + s.matchers() + "}"
	if own := b[0].control.of.matchers; len(own) > 0 {
		selector = strings.TrimSuffix(selector, "}") + "," + spec.JoinMatchers(own) + "}"
	}
	return "group by (" + strings.Join(slices.Concat(by, labels), ",") + ") (" + selector + ")"
}

// labelRule tells the expressions of one query apart.
const labelRule = "sluice_id"

// expressions puts the expressions of a batch into one: each gets a number, so that no result of one hides that of another.
func (b batch) expressions() string {
	parts := make([]string, 0, len(b))
	for i, a := range b {
		if i > 0 && a.expr == b[i-1].expr {
			continue
		}
		// A line break ends a comment that the expression may end with.
		parts = append(parts, "label_replace((\n"+a.expr+"\n),\""+labelRule+"\",\""+strconv.Itoa(len(parts))+"\",\"\",\"\")")
	}
	return strings.Join(parts, " or ")
}

// handRules hands each ask the results of its expression.
func (b batch) handRules(a *answer, parts map[*ask][]found) {
	byID := map[string][]found{}
	for _, f := range a.found {
		id := string(f.labels[labelRule])
		byID[id] = append(byID[id], f)
	}
	id := -1
	for i, ask := range b {
		if i == 0 || ask.expr != b[i-1].expr {
			id++
		}
		parts[ask] = byID[strconv.Itoa(id)]
	}
}

// span is how far back the rule that looks back furthest does.
func (b batch) span() time.Duration {
	var span time.Duration
	for _, a := range b {
		span = max(span, a.span)
	}
	return span
}
