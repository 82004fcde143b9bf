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
	rate, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(rate) || rate <= 0 || rate >= 100 {
		return 0, &Problem{Wrong: "not a percentage above 0 and below 100", Want: wantErrorRate}
	}
	return rate / 100, nil
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
	q, err := strconv.ParseFloat(quantile, 64)
	if err != nil || math.IsNaN(q) || q <= 0 || q >= 100 {
		return Latency{}, &Problem{Wrong: "the quantile is not between p0 and p100", Want: wantLatency}
	}
	threshold, err := parseDuration(strings.TrimSpace(bound))
	if err != nil {
		return Latency{}, &Problem{Wrong: err.Error(), Want: wantLatency}
	}
	if threshold == 0 {
		return Latency{}, &Problem{Wrong: "the bound is zero", Want: wantLatency}
	}
	return Latency{Quantile: q / 100, Threshold: threshold}, nil
}
