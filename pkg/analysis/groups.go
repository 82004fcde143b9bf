package analysis

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// A rule that keeps groups of series apart fires when any one of them is over the limit. Its evidence is a mixture over them,
// E = Σ_g w_g·E^(g) with w_g = 1/(g(g+1)), where g counts the groups in the order in which the canary's requests appeared in them and
// E^(g) is 1 before that. A group aborts when its own part w_g·E^(g) reaches the limit: the whole is never less than a part, so the
// chance of a false abort is bounded as that of the mixture, and there is always one group to blame and to compare with stable.

// part is one group of a family, or all of it if it has no groups.
type part struct {
	key string
	run []paired
	// weight is log(w_g).
	weight float64
}

// parts are the groups of a family in their order. Of those that appear in the same interval the one with more requests is the first:
// the order may depend on how many requests there are, as the tests do, but not on how they went.
func parts(f *Family, whole []paired) []part {
	if len(f.Groups) == 0 {
		return []part{{run: whole}}
	}
	type appearance struct {
		group    *Group
		at       time.Time
		requests float64
	}
	all := make([]appearance, 0, len(f.Groups))
	for i := range f.Groups {
		g := &f.Groups[i]
		for k := range g.Intervals {
			if n := g.Intervals[k].Canary.Requests; n > 0 {
				all = append(all, appearance{group: g, at: g.Intervals[k].Start, requests: n})
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b appearance) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(b.requests, a.requests), cmp.Compare(a.group.Key, b.group.Key))
	})
	out := make([]part, len(all))
	for i, a := range all {
		out[i] = part{key: a.group.Key, run: pairGroup(f.Intervals, a.group), weight: weightOf(i + 1)}
	}
	return out
}

// weightOf is the logarithm of the g-th group's weight.
func weightOf(g int) float64 { return -math.Log(float64(g) * float64(g+1)) }

// suspect is the group with the gravest charge.
type suspect struct {
	charge

	// key is the group, counts its canary's and stable's.
	key  string
	sums sums
	// compared says that it was also compared with stable.
	compared bool
}

// suspected puts the tests to each group: first come those whose own fault it is, then those that share it with stable, then those
// with the largest E.
func suspected(all []part, t trial, sub *Subject) suspect {
	var worst suspect
	for i := range all {
		p := &all[i]
		s := total(p.run, stepStart(sub))
		if i > 0 && s.canary.Bad == 0 {
			// Good requests alone never raise E above 1.
			continue
		}
		own := t
		own.limit -= p.weight
		own.compare = comparing(sub, s)
		next := suspect{charge: own.against(p.run), key: p.key, sums: s, compared: own.compare}
		next.logE += p.weight
		if i == 0 || next.graver(&worst) {
			worst = next
		}
	}
	return worst
}

func (s *suspect) graver(than *suspect) bool {
	if s.rank() != than.rank() {
		return s.rank() > than.rank()
	}
	return s.logE > than.logE
}

func (s *suspect) rank() int {
	switch {
	case s.guilty:
		return 2
	case s.stable != soundStable:
		return 1
	default:
		return 0
	}
}
