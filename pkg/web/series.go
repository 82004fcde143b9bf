package web

import (
	"math"
	"strconv"
)

// Plot has the samples of one run, as columns: the n-th of each column is of Times[n].
type Plot struct {
	// Run is the number of the run.
	Run int `json:"run"`
	// Times are in milliseconds since the Unix epoch.
	Times []int64 `json:"times"`
	// Weight is the canary's share of the traffic in percent.
	Weight Series    `json:"weight"`
	Gates  []Columns `json:"gates"`
}

// Columns are the samples of one gate. What a gate doesn't have is null throughout.
type Columns struct {
	// Gate is its name.
	Gate string `json:"gate"`
	// Canary and Stable are shares of bad requests over the run, 0 to 1; of a scoped alert rule the values of its expression. Threshold
	// is the largest share allowed.
	Canary    Series `json:"canary"`
	Stable    Series `json:"stable"`
	Threshold Series `json:"threshold"`
	// Evidence to abort and to promote, and what it takes, as decadic logarithms.
	Abort        Series `json:"abortLog10"`
	AbortLimit   Series `json:"abortLimitLog10"`
	Promote      Series `json:"promoteLog10"`
	PromoteLimit Series `json:"promoteLimitLog10"`
	// CanaryRequests and StableRequests are requests of the run.
	CanaryRequests Series `json:"canaryRequests"`
	StableRequests Series `json:"stableRequests"`
	// Outcome is the gate's: Pass, Fail, Hold, Wait, or empty.
	Outcome []string `json:"outcome"`
}

// Series are numbers, of which NaN and infinities are null in JSON, which has neither.
type Series []float32

// Number is null in JSON where it is none: evidence of 0 has no logarithm.
type Number float64

// MarshalJSON writes a number or null.
func (n Number) MarshalJSON() ([]byte, error) { return appendNumber(nil, float64(n), 64), nil }

// MarshalJSON writes each number with as many digits as a float32 has to give, which is more than a plot can show.
func (s Series) MarshalJSON() ([]byte, error) {
	out := append(make([]byte, 0, 2+8*len(s)), '[')
	for i, v := range s {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendNumber(out, float64(v), 32)
	}
	return append(out, ']'), nil
}

func appendNumber(out []byte, x float64, bits int) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(out, "null"...)
	}
	// Both forms are JSON; people who read it would rather not have an exponent where a few digits do.
	format := byte('f')
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e15) {
		format = 'e'
	}
	return strconv.AppendFloat(out, x, format, -1, bits)
}

// columns copies the samples; nil when there are none.
func (p *plot) columns() *Plot {
	if p == nil || len(p.samples) == 0 {
		return nil
	}
	n := len(p.samples)
	c := &Plot{Run: p.number, Times: make([]int64, n), Weight: make(Series, n), Gates: make([]Columns, len(p.gates))}
	for i := range p.samples {
		c.Times[i], c.Weight[i] = p.samples[i].at, p.samples[i].weight
	}
	for g, name := range p.gates {
		c.Gates[g] = p.gate(g, name)
	}
	return c
}

func (p *plot) gate(g int, name string) Columns {
	c := Columns{Gate: name, Outcome: make([]string, len(p.samples))}
	columns := []*Series{
		&c.Canary, &c.Stable, &c.Threshold, &c.Abort, &c.AbortLimit, &c.Promote, &c.PromoteLimit, &c.CanaryRequests, &c.StableRequests,
	}
	for _, column := range columns {
		*column = make(Series, len(p.samples))
	}
	for i := range p.samples {
		point := nothing()
		if gates := p.samples[i].gates; g < len(gates) {
			point = gates[g]
		}
		c.Outcome[i] = string(outcomes()[point.outcome])
		for k, v := range point.numbers() {
			(*columns[k])[i] = v
		}
	}
	return c
}
