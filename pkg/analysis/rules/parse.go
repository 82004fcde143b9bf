package rules

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

const (
	// longest is the length of an expression in bytes; the longest public rules have 4 KiB.
	longest = 16 << 10
	// deepest is how deep an expression may be nested, most how many nodes it may have with its recording rules: every node may be
	// looked at once per level above it.
	deepest = 200
	most    = 3000
)

// parse reads an expression in PromQL. Experimental functions are read as well, so that the reason not to use them can be given.
func parse(text string) (parser.Expr, *refusal) {
	if len(text) > longest {
		return nil, &refusal{why: fmt.Sprintf("the expression has %d bytes, more than %d", len(text), longest), mend: "a shorter expression"}
	}
	p := parser.NewParser(parser.Options{EnableExperimentalFunctions: true, EnableBinopFillModifiers: true})
	expr, err := p.ParseExpr(text)
	if err != nil {
		return nil, &refusal{why: "the expression doesn't parse: " + err.Error(), mend: "an expression that promtool check rules accepts"}
	}
	if nodes, depth := measure(expr, 1); depth > deepest || nodes > most {
		return nil, &refusal{why: fmt.Sprintf("the expression has %d parts, %d deep", nodes, depth), mend: "a simpler expression"}
	}
	return expr, nil
}

func measure(node parser.Node, level int) (nodes, depth int) {
	nodes, depth = 1, level
	for child := range parser.ChildrenIter(node) {
		n, d := measure(child, level+1)
		nodes += n
		depth = max(depth, d)
	}
	return nodes, depth
}

// bare takes parentheses off.
func bare(expr parser.Expr) parser.Expr {
	for {
		switch n := expr.(type) {
		case *parser.ParenExpr:
			expr = n.Expr
		case *parser.StepInvariantExpr:
			expr = n.Expr
		default:
			return expr
		}
	}
}

// selectors are all vector selectors of an expression, those within range selectors included, in their order.
func selectors(expr parser.Node) []*parser.VectorSelector {
	var all []*parser.VectorSelector
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if vs, ok := node.(*parser.VectorSelector); ok {
			all = append(all, vs)
		}
		return nil
	})
	return all
}

func hasSelector(expr parser.Node) bool { return len(selectors(expr)) > 0 }

// number is the value of an expression of numbers alone.
func number(expr parser.Expr) (float64, bool) {
	f, _ := linear(expr)
	if f == nil || len(f.atoms) > 0 {
		return 0, false
	}
	return f.constant, true
}
