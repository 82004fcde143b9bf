package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/judged"
	"github.com/sluice-dev/sluice/test/validate/null"
	"github.com/sluice-dev/sluice/test/validate/power"
	"github.com/sluice-dev/sluice/test/validate/report"
)

// small is a plan of seconds: in 300 runs none may be aborted, for 1 of them may be 1.6 %.
func small() *plan {
	p := &plan{seed: 1, progress: io.Discard}
	for _, c := range null.Cases() {
		if c.Name == "p = 0.5 p0, 0.5 requests/s" || strings.HasPrefix(c.Name, "shared outage of 30 times for 5 minutes, 1 request") {
			c.Runs = 300
			p.null = append(p.null, c)
		}
	}
	for _, c := range power.Cases() {
		if c.Name == "p0 1 %, true 10 %, 1 request/s" || strings.HasPrefix(c.Name, "promote: p below 5 %") {
			c.Runs = 200
			p.power = append(p.power, c)
		}
	}
	return p
}

func TestTheJudgeMeetsTheCriteria(t *testing.T) {
	p := small()
	require.Len(t, p.null, 2)
	require.Len(t, p.power, 2)
	d := p.validate(analysis.Judge)
	assert.Empty(t, d.Problems)
	folder := filepath.Join(t.TempDir(), "analysis")
	require.NoError(t, write(d, folder))
	for _, name := range []string{"results.json", "validation.md", "example.png"} {
		assert.FileExists(t, filepath.Join(folder, name))
	}
	assert.Equal(t, d.Markdown(), p.validate(analysis.Judge).Markdown(), "the same seed gives the same page")
}

// Every criterion has a judge that fails it.
func TestABrokenJudgeIsCaught(t *testing.T) {
	fail := func(v analysis.Verdict) analysis.Verdict {
		v.Outcome = analysis.Fail
		return v
	}
	tests := map[string]struct {
		judge judged.Judge
		want  []string
	}{
		"a fixed threshold, as peers have it": {
			func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
				v := analysis.Judge(sub, ev, now)
				if g := &v.Gates[0]; g.Canary.Requests >= 50 && g.Value > g.Threshold {
					return fail(v)
				}
				return v
			},
			[]string{"exact: ", "null: p = 0.5 p0", "null: shared outage"},
		},
		"α is doubled": {
			func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
				v := analysis.Judge(sub, ev, now)
				if g := &v.Gates[0]; g.Abort.Log10E >= g.Abort.Log10Limit-.3 && v.Reason != analysis.ReasonEnvironment {
					return fail(v)
				}
				return v
			},
			[]string{"of the evidence that it takes"},
		},
		"stable is not looked at": {
			func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
				sub.Gates.Compare = false
				return analysis.Judge(sub, ev, now)
			},
			[]string{"null: shared outage"},
		},
		"nothing is ever wrong": {
			func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
				v := analysis.Judge(sub, ev, now)
				if v.Outcome == analysis.Fail {
					v.Outcome = analysis.Wait
				}
				return v
			},
			[]string{"power: p0 1 %, true 10 %"},
		},
		"everything passes": {
			func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
				v := analysis.Judge(sub, ev, now)
				v.Outcome, v.Gates[0].Outcome = analysis.Pass, analysis.Pass
				return v
			},
			[]string{"a canary at its limit passes"},
		},
		"only half of the requests count": {
			func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
				ev.Errors.Intervals = ev.Errors.Intervals[:(len(ev.Errors.Intervals)+1)/2]
				return analysis.Judge(sub, ev, now)
			},
			[]string{"exact: the judge's E", "power: "},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := small()
			wanted := strings.Join(test.want, " ")
			if !strings.Contains(wanted, "null: ") {
				p.null = nil
			}
			if !strings.Contains(wanted, "power: ") {
				p.power = nil
			}
			problems := strings.Join(p.validate(test.judge).Problems, "\n")
			for _, want := range test.want {
				assert.Contains(t, problems, want)
			}
		})
	}
}

func TestPlans(t *testing.T) {
	full, short := newPlan(1, false, io.Discard), newPlan(1, true, io.Discard)
	assert.Len(t, full.null, len(null.Cases()))
	assert.Len(t, full.power, len(power.Cases()))
	assert.NotEmpty(t, short.null)
	assert.Less(t, len(short.null), len(full.null))
	assert.NotEmpty(t, short.power)
	for _, c := range short.null {
		assert.Equal(t, c.Short, c.Runs)
	}
}

func TestTheRecordedResultsAreOfThisForm(t *testing.T) {
	recorded, err := report.Read("../../docs/analysis/results.json")
	require.NoError(t, err)
	assert.Empty(t, recorded.Problems())
	var names []string
	for _, n := range recorded.Null {
		names = append(names, n.Name)
	}
	var want []string
	for _, c := range null.Cases() {
		want = append(want, c.Name)
	}
	assert.Equal(t, want, names, "a change of the cases takes a new `make validate`")
}
