package null

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/judged"
	"github.com/sluice-dev/sluice/test/validate/peers"
	"github.com/sluice-dev/sluice/test/validate/traffic"
)

func TestThereAreEnoughRunsOfEveryKind(t *testing.T) {
	cases := Cases()
	assert.Len(t, Names(cases), len(cases), "no two cases have one name, and so the same draws")
	var independent, short int
	for _, c := range cases {
		if c.Independent {
			independent += c.Runs
			assert.GreaterOrEqual(t, c.Runs, 2000, c.Name)
		}
		short += c.Short
	}
	assert.GreaterOrEqual(t, independent, 100_000)
	assert.LessOrEqual(t, short, 6000, "the short validation is to take less than a minute")
}

// A healthy canary is what it says: within its limit and within 1.5 times stable's share, or in an outage that both share.
func TestHealthyCanariesAreHealthy(t *testing.T) {
	for _, c := range Cases() {
		s := c.Service
		for at := traffic.Slot; at < s.Length; at += traffic.Slot {
			canary, stable := s.Canary(at), s.Stable(at)
			assert.LessOrEqual(t, canary, 1.5*stable+1e-12, "%s at %s", c.Name, at)
			if canary > p0 {
				assert.InDelta(t, stable, canary, 1e-12, "%s at %s", c.Name, at)
			}
			if s.CanarySlow != nil {
				assert.LessOrEqual(t, s.CanarySlow(at), .05)
			}
		}
	}
}

func TestAllRulesGetTheSameRuns(t *testing.T) {
	c := Case{Name: "a case", Service: service(1, p0/2), Gates: gates, Runs: 20}
	first, second := c.Run(analysis.Judge, 1), c.Run(analysis.Judge, 1)
	assert.Equal(t, first, second, "the seed decides")
	assert.Equal(t, 20, first.Runs)
	assert.Len(t, first.Peers, len(peers.All()))
	assert.Equal(t, 20, first.Peers["argoFailureLimit0"].FalseAborts, "0.3 bad requests a minute of 60: one is 1.7 %")
	never := func(analysis.Subject, analysis.Evidence, time.Time) analysis.Verdict { return analysis.Verdict{} }
	third := c.Run(judged.Judge(never), 1)
	assert.Zero(t, third.FalseAborts)
	assert.Equal(t, first.Peers, third.Peers, "what our judge says is nothing to the others")
}
