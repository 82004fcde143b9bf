package analysis

import "math"

// scaled are numbers m·2^(256·shift), each 0 or more. Those up to huge have no shift, so that for most runs this is plain arithmetic;
// a canary that fails a hundred million requests has an E of 10^100000000. Where there is a shift, m is not below small.
type scaled struct {
	m     [points]float64
	shift [points]int
	// shifted says that there was any shift.
	shifted bool
}

const (
	huge  = 1 << 256
	small = 1.0 / huge
	// width is log(huge).
	width = 256 * math.Ln2
	// deep is how many shifts down there is nothing left of any number in between.
	deep = 8
)

// times makes each number a into (a + w)·f, for w of at most 1 and factors f between 10^−200 and 10^200: with an m between small and
// huge there is neither an overflow nor an underflow then.
func (s *scaled) times(w float64, f *[points]float64) {
	if s.shifted {
		for j := range s.m {
			s.m[j] = (s.m[j] + s.sunk(j, w)) * f[j]
			s.settle(j)
		}
		return
	}
	top := 0.0
	for j := range s.m {
		m := (s.m[j] + w) * f[j]
		s.m[j] = m
		if m > top {
			top = m
		}
	}
	if top > huge {
		for j := range s.m {
			s.settle(j)
		}
	}
}

// timesExp makes each number a into (a + w)·e^log.
func (s *scaled) timesExp(w float64, logs *[points]float64) {
	for j, log := range logs {
		m := s.m[j] + s.sunk(j, w)
		if math.Abs(log) <= width {
			s.m[j] = m * math.Exp(log)
		} else {
			k := math.Round(log / width)
			s.m[j] = m * math.Exp(log-k*width)
			if s.shift[j] += int(k); s.shift[j] < 0 {
				s.m[j], s.shift[j] = math.Ldexp(s.m[j], -256*min(-s.shift[j], deep)), 0
			}
			s.shifted = true
		}
		s.settle(j)
	}
}

// settle brings an m back to between small and huge, as far as its shift goes.
func (s *scaled) settle(j int) {
	if s.m[j] <= huge && (s.m[j] >= small || s.shift[j] == 0) {
		return
	}
	for s.m[j] > huge {
		s.m[j] *= small
		s.shift[j]++
	}
	for s.m[j] < small && s.shift[j] > 0 {
		s.m[j] *= huge
		s.shift[j]--
	}
	s.shifted = true
}

// sunk is x, at most 1, as a multiple of 2^(256·shift), as far as it can be seen beside an m that is not below small.
func (s *scaled) sunk(j int, x float64) float64 {
	switch s.shift[j] {
	case 0:
		return x
	case 1:
		return x * small
	default:
		return 0
	}
}

// logSum is the logarithm of the sum of all numbers and one more.
func (s *scaled) logSum(more float64) float64 {
	if !s.shifted {
		for _, m := range s.m {
			more += m
		}
		return math.Log(more)
	}
	var top int
	for _, shift := range s.shift {
		top = max(top, shift)
	}
	sum := math.Ldexp(more, -256*min(top, deep))
	for j, m := range s.m {
		sum += math.Ldexp(m, -256*min(top-s.shift[j], deep))
	}
	return math.Log(sum) + float64(top)*width
}
