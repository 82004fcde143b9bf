package rules

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// form is a sum of constants and multiples of what a rule can be about. It is how 100 * x / y > 5 and 0.05 < x / y come out alike.
type form struct {
	constant float64
	atoms    []atom
}

// atom is a multiple of a total, of a share of two totals, or of a quantile; one of the three is set.
type atom struct {
	factor   float64
	total    *total
	share    *share
	quantile *quantile
}

// share is part / all.
type share struct {
	all     *total
	further []spec.Matcher
}

type quantile struct {
	q       float64
	buckets *total
}

func (f *form) isNumber() bool { return len(f.atoms) == 0 }

// kept is the grouping of a form's atoms, which all have the same.
func (f *form) kept() grouping {
	switch a := f.atoms[0]; {
	case a.total != nil:
		return a.total.kept
	case a.share != nil:
		return a.share.all.kept
	default:
		return a.quantile.buckets.kept
	}
}

func (f *form) scaled(by float64) *form {
	out := &form{constant: f.constant * by}
	for _, a := range f.atoms {
		a.factor *= by
		out.atoms = append(out.atoms, a)
	}
	return out
}

// plus adds two forms up, if they are matched group by group.
func (f *form) plus(g *form, vm *parser.VectorMatching) (sum *form, why string) {
	if len(f.atoms) > 0 && len(g.atoms) > 0 {
		if !f.kept().equal(g.kept()) || !f.kept().meets(vm) {
			return nil, "its two sides are not matched group by group"
		}
	}
	return &form{constant: f.constant + g.constant, atoms: append(append([]atom(nil), f.atoms...), g.atoms...)}, ""
}

// linear reads an expression as a form; why says why it is none.
func linear(expr parser.Expr) (f *form, why string) {
	switch n := bare(expr).(type) {
	case *parser.NumberLiteral:
		return &form{constant: n.Val}, ""
	case *parser.UnaryExpr:
		if f, why = linear(n.Expr); f != nil && n.Op == parser.SUB {
			f = f.scaled(-1)
		}
		return f, why
	case *parser.BinaryExpr:
		return linearBinary(n)
	case *parser.Call:
		if n.Func.Name == "histogram_quantile" {
			return linearQuantile(n)
		}
	}
	t, why := totalOf(expr)
	if t == nil {
		return nil, why
	}
	return &form{atoms: []atom{{factor: 1, total: t}}}, ""
}

func linearBinary(n *parser.BinaryExpr) (f *form, why string) {
	switch n.Op {
	case parser.ADD, parser.SUB, parser.MUL, parser.DIV, parser.POW, parser.MOD:
	default:
		return nil, "it has " + n.Op.String() + " inside"
	}
	left, why := linear(n.LHS)
	if left == nil {
		return nil, why
	}
	right, why := linear(n.RHS)
	if right == nil {
		return nil, why
	}
	if left.isNumber() && right.isNumber() {
		return &form{constant: fold(n.Op, left.constant, right.constant)}, ""
	}
	return combine(n, left, right)
}

// combine does arithmetic with forms of which one at least is no number.
func combine(n *parser.BinaryExpr, left, right *form) (f *form, why string) {
	switch {
	case n.Op == parser.ADD:
		return left.plus(right, n.VectorMatching)
	case n.Op == parser.SUB:
		return left.plus(right.scaled(-1), n.VectorMatching)
	case n.Op == parser.MUL && left.isNumber():
		return right.scaled(left.constant), ""
	case n.Op == parser.MUL && right.isNumber():
		return left.scaled(right.constant), ""
	case n.Op == parser.DIV && right.isNumber():
		return left.scaled(1 / right.constant), ""
	case n.Op == parser.DIV:
		return divide(left, right, n.VectorMatching)
	default:
		return nil, "it has " + n.Op.String() + " of something else than numbers"
	}
}

// fold does PromQL's arithmetic.
func fold(op parser.ItemType, a, b float64) float64 {
	switch op {
	case parser.ADD:
		return a + b
	case parser.SUB:
		return a - b
	case parser.MUL:
		return a * b
	case parser.DIV:
		return a / b
	case parser.POW:
		return math.Pow(a, b)
	default:
		return math.Mod(a, b)
	}
}

const byItself = "it divides something by itself"

// divide makes shares: each total of the dividend is a part of the divisor, or the divisor itself.
func divide(dividend, divisor *form, vm *parser.VectorMatching) (f *form, why string) {
	if len(divisor.atoms) != 1 || divisor.atoms[0].total == nil || divisor.constant != 0 || dividend.constant != 0 || len(dividend.atoms) == 0 {
		return nil, "it divides by something else than a sum of requests"
	}
	all, by := divisor.atoms[0].total, divisor.atoms[0].factor
	f = &form{}
	for _, a := range dividend.atoms {
		switch {
		case a.total == nil:
			return nil, "it divides something else than a sum of requests"
		case !a.total.kept.equal(all.kept) || !all.kept.meets(vm):
			return nil, "its two sides are not matched group by group"
		case a.total.same(all):
			f.constant += a.factor / by
			continue
		}
		further, why := a.total.part(all)
		if why != "" {
			return nil, why
		}
		f.atoms = append(f.atoms, atom{factor: a.factor / by, share: &share{all: all, further: further}})
	}
	if len(f.atoms) == 0 {
		return nil, byItself
	}
	return f, ""
}

func linearQuantile(n *parser.Call) (f *form, why string) {
	q, ok := number(n.Args[0])
	if !ok {
		return nil, "its quantile is no number"
	}
	buckets, why := totalOf(n.Args[1])
	if buckets == nil {
		return nil, why
	}
	return &form{atoms: []atom{{factor: 1, quantile: &quantile{q: q, buckets: buckets}}}}, ""
}
