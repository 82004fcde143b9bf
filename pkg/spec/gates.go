package spec

import (
	"math"
	"strconv"
	"strings"
)

const (
	wantErrorRate = `a share of all requests above 0 % and below 100 %, for example "1%" or "0.5%", or "off"`
	wantLatency   = `a quantile and its bound, for example "p95<500ms" or "p99.9<2s", or "off"`
	off           = "off"
)

func parseErrorRate(value string) (float64, *Problem) {
	if value == off {
		return 0, nil
	}
	number, percent := strings.CutSuffix(value, "%")
	if !percent {
		return 0, &Problem{Wrong: "no percent sign", Want: wantErrorRate}
	}
	rate, ok := parseShare(strings.TrimSpace(number))
	if !ok {
		return 0, &Problem{Wrong: "not a percentage above 0 and below 100", Want: wantErrorRate}
	}
	return rate, nil
}

func parseLatency(value string) (Latency, *Problem) {
	if value == off {
		return Latency{}, nil
	}
	quantile, bound, ok := strings.Cut(value, "<")
	quantile, isP := strings.CutPrefix(strings.TrimSpace(quantile), "p")
	if !ok || !isP {
		return Latency{}, &Problem{Wrong: "not of the form pQUANTILE<DURATION", Want: wantLatency}
	}
	q, ok := parseShare(quantile)
	if !ok {
		return Latency{}, &Problem{Wrong: "the quantile is not between p0 and p100", Want: wantLatency}
	}
	threshold, err := parseDuration(strings.TrimSpace(bound))
	if err != nil {
		return Latency{}, &Problem{Wrong: err.Error(), Want: wantLatency}
	}
	if threshold == 0 {
		return Latency{}, &Problem{Wrong: "the bound is zero", Want: wantLatency}
	}
	return Latency{Quantile: q, Threshold: threshold}, nil
}

// parseShare reads a percentage as a share between 0 and 1, exclusive. The share is what is checked: 5e-324 % is above 0, but a
// hundredth of it is not, and a rate of 0 would switch the gate off unasked.
func parseShare(percent string) (float64, bool) {
	number, err := strconv.ParseFloat(percent, 64)
	share := number / 100
	return share, err == nil && !math.IsNaN(share) && share > 0 && share < 1
}
