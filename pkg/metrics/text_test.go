package metrics

import (
	"fmt"
	"strconv"
	"strings"
)

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// histogram is a histogram with these observations, as text.
func histogram(name, labels string, bounds []float64, observed ...float64) string {
	var b strings.Builder
	sum := 0.0
	for _, v := range observed {
		sum += v
	}
	for _, bound := range bounds {
		n := 0
		for _, v := range observed {
			if v <= bound {
				n++
			}
		}
		fmt.Fprintf(&b, "%s_bucket{%sle=\"%s\"} %d\n", name, labels, number(bound), n)
	}
	braces := ""
	if labels != "" {
		braces = "{" + strings.TrimSuffix(labels, ",") + "}"
	}
	fmt.Fprintf(&b, "%s_bucket{%sle=\"+Inf\"} %d\n%s_sum%s %s\n%s_count%s %d\n", name, labels, len(observed), name, braces, number(sum), name, braces, len(observed))
	return b.String()
}
