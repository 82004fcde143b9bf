package analysis

import "math"

// rare is up to how many bad requests factors are multiplied out, which is several times faster than an exponential for each. 80^100
// is below 10^200.
const rare = 100

// powers are numbers x_j to the powers d·16^i: powers[i][d][j]. A number n is read digit by digit, so that x_j^n takes a
// multiplication per digit. The rounding errors grow with n, so there are three digits: at n = 4,095 they are 10^−12.
type powers [3][16][points]float64

// digits is how many numbers powers can be raised to.
const digits = 1 << 12

// fill makes the powers of e^logs.
func (p *powers) fill(logs *[points]float64) {
	var base [points]float64
	for j, log := range logs {
		base[j] = math.Exp(log)
	}
	for i := range p {
		ones(&p[i][0])
		for d := 1; d < len(p[i]); d++ {
			for j, x := range base {
				p[i][d][j] = p[i][d-1][j] * x
			}
		}
		for j, x := range base {
			base[j] = p[i][len(p[i])-1][j] * x
		}
	}
}

// raise multiplies by x_j^n, for n below digits.
func (p *powers) raise(n int, out *[points]float64) {
	for i := 0; n > 0 && i < len(p); i++ {
		if d := n & 15; d > 0 {
			x := &p[i][d]
			for j := range out {
				out[j] *= x[j]
			}
		}
		n >>= 4
	}
}

// ones sets all to 1.
func ones(out *[points]float64) *[points]float64 {
	for j := range out {
		out[j] = 1
	}
	return out
}

// whole says whether a number of requests is whole, and small enough to be multiplied out.
func whole(n float64) bool { return n <= rare && n == math.Trunc(n) }
