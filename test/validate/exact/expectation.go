package exact

import "fmt"

// Rounding is by how much a sum of floating point numbers may be off.
const Rounding = 1e-12

// Expectation is the largest expectation of a factor of one test, over the whole grid.
type Expectation struct {
	Test string
	// Cases is how many combinations of shares, limits and requests were enumerated.
	Cases int
	// Largest is at most 1, or the test is none.
	Largest float64
}

// Problem says what is wrong, empty if nothing is.
func (e Expectation) Problem() string {
	if e.Largest > 1+Rounding {
		return fmt.Sprintf("exact: a factor of %s has the expectation 1 + %.3g", e.Test, e.Largest-1)
	}
	return ""
}

func (e *Expectation) add(x float64) {
	e.Cases++
	e.Largest = max(e.Largest, x)
}

// Expectations enumerates the factors of all tests: whatever the traffic, none is expected to raise E while its claim holds. That is
// what makes the tests valid however often one looks.
func Expectations() []Expectation {
	return []Expectation{absoluteFactors(), againstFactors(), promoteFactors(), mixtures()}
}

func absoluteFactors() Expectation {
	e := Expectation{Test: "the absolute test"}
	for _, p0 := range []float64{.001, .01, .05, .2, .5} {
		for _, n := range []int{0, 1, 2, 5, 10, 30, 100} {
			for _, part := range []float64{0, .1, .5, .9, 1} {
				probability := chances(n, part*p0)
				for _, m := range multiples {
					var sum float64
					for k, p := range probability {
						sum += p * absolute(p0, m, Counts{n, k})
					}
					e.add(sum)
				}
			}
		}
	}
	return e
}

func againstFactors() Expectation {
	e := Expectation{Test: "the test against stable"}
	sizes := []int{0, 1, 2, 5, 12, 20}
	for _, rho0 := range []float64{1, 1.5, 3} {
		for _, stable := range []float64{0, .001, .01, .1, .3} {
			for _, part := range []float64{0, .5, .9, 1} {
				for _, nc := range sizes {
					for _, ns := range sizes {
						enumerateAgainst(&e, rho0, chances(nc, part*rho0*stable), chances(ns, stable))
					}
				}
			}
		}
	}
	return e
}

func enumerateAgainst(e *Expectation, rho0 float64, canary, stable []float64) {
	for _, m := range multiples {
		var sum float64
		for kc, p := range canary {
			for ks, q := range stable {
				sum += p * q * against(rho0, m, Counts{len(canary) - 1, kc}, Counts{len(stable) - 1, ks})
			}
		}
		e.add(sum)
	}
}

func promoteFactors() Expectation {
	e := Expectation{Test: "the test to promote"}
	for _, tolerated := range []float64{.001, .01, .1, .5, .75} {
		for _, n := range []int{0, 1, 7, 30, 100} {
			for _, p := range []float64{tolerated, (1 + tolerated) / 2, 1} {
				var sum float64
				for k, q := range chances(n, p) {
					sum += q * promote(tolerated, 1, Counts{n, k})
				}
				e.add(sum)
			}
		}
	}
	return e
}

// mixtures are the expectation of E itself, over all starts and alternatives, after up to five intervals of different size.
func mixtures() Expectation {
	e := Expectation{Test: "the mixture over starts"}
	sizes := []int{2, 1, 3, 0, 2}
	for _, p0 := range []float64{.01, .1, .3} {
		for _, part := range []float64{.1, .5, 1} {
			for t := 1; t <= len(sizes); t++ {
				e.add(expectedMixture(p0, part*p0, sizes[:t], nil))
			}
		}
	}
	return e
}

func expectedMixture(p0, p float64, sizes, bad []int) float64 {
	if len(bad) == len(sizes) {
		return mixture(len(sizes), func(i int, m float64) float64 { return absolute(p0, m, Counts{sizes[i], bad[i]}) })
	}
	var sum float64
	for k, q := range chances(sizes[len(bad)], p) {
		if q > 0 {
			sum += q * expectedMixture(p0, p, sizes, append(bad[:len(bad):len(bad)], k))
		}
	}
	return sum
}
