package backtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const together = 15 * time.Second

// found finds the roll-outs in a picture.
func found(t *testing.T, lines ...string) []Rollout {
	t.Helper()
	p := presence(t, lines...)
	return Find(p.Spans(), p.Gaps(), together)
}

func TestFind(t *testing.T) {
	type want struct {
		old, new  string
		ending    Ending
		successor string
		skipped   string
	}
	for sentence, c := range map[string]struct {
		lines []string
		want  []want
	}{
		"one after the other": {
			[]string{"a ###....", "b ..####.", "c .....##"},
			[]want{{"a", "b", EndingReplaced, "c", ""}, {"b", "c", EndingServing, "", ""}},
		},
		"a roll-back while the old version is still there": {
			[]string{"a ######", "b ..##.."},
			[]want{{"a", "b", EndingRolledBack, "a", ""}},
		},
		"a roll-back to pods that were gone is a roll-out as well": {
			[]string{"a ###..##", "b ..####."},
			[]want{{"a", "b", EndingRolledBack, "a", ""}, {"b", "a", EndingServing, "", ""}},
		},
		"old pods that go before the new ones are scraped": {
			[]string{"a ##...", "b ..###"},
			[]want{{"a", "b", EndingServing, "", ""}},
		},
		"two at once": {
			[]string{"a ###...", "b ..####", "c ..##.."},
			[]want{
				{"a", "b", EndingServing, "", "it appeared together with c"},
				{"a", "c", EndingReplaced, "b", "it appeared together with b"},
			},
		},
		"a roll-out under way at the start": {
			[]string{"a ##..", "b ####"},
			[]want{{"", "b", EndingServing, "", "it was under way when the history begins, beside a"}},
		},
		"the first version ever is no roll-out": {[]string{"a ..##"}, nil},
		"a start in a gap": {
			[]string{"a ##...", "b ...##"},
			[]want{{"a", "b", EndingServing, "", "it appeared in a gap of the history, from 2026-07-01 00:10:00 to 2026-07-01 00:15:00 (Prometheus recorded nothing at all)"}},
		},
		"the last pods of all": {
			[]string{"a ###..", "b ..##."},
			[]want{{"a", "b", EndingUnknown, "", ""}},
		},
		"a fix, while the old version is still there": {
			[]string{"a #####", "b .##..", "c ..###"},
			[]want{{"a", "b", EndingReplaced, "c", ""}, {"", "c", EndingServing, "", ""}},
		},
		"a third one while two are there": {
			[]string{"a ####.", "b .###.", "c ..###"},
			[]want{{"a", "b", EndingReplaced, "c", ""}, {"", "c", EndingServing, "", ""}},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			rollouts := found(t, c.lines...)
			require.Len(t, rollouts, len(c.want))
			for i, w := range c.want {
				r := &rollouts[i]
				assert.Equal(t, w.old, r.Old)
				assert.Equal(t, w.new, r.New)
				assert.Equal(t, w.ending, r.Ending)
				assert.Equal(t, w.successor, r.Successor)
				if w.skipped == "" {
					assert.Empty(t, r.Skipped)
				}
				assert.Contains(t, r.Skipped, w.skipped)
			}
		})
	}
}

func TestAScaledToZeroDeploymentHasNoPredecessor(t *testing.T) {
	p := presence(t, "a ##...", "b ...##")
	gaps := p.Gaps()
	require.Len(t, gaps, 1)
	gaps[0].Recording = true
	r := Find(p.Spans(), gaps, together)
	require.Len(t, r, 1)
	assert.Contains(t, r[0].Skipped, "no version was there before it")
	assert.Contains(t, r[0].Skipped, "scaled to zero")
}

func TestAVersionThatANewerOneInterrupts(t *testing.T) {
	r := found(t, "a ####.", "b .###.", "c ..###")
	assert.Equal(t, minute(10), r[0].Superseded)
	assert.Zero(t, r[1].Superseded)
	r = found(t, "a ##....", "b .##...", "c ....##")
	assert.Zero(t, r[0].Superseded, "the newer one came when it was gone")
}

func TestThePredecessorHadTheTraffic(t *testing.T) {
	p := presence(t, "a ####.", "b .###.", "c ..###")
	spans := p.Spans()
	choose := func(requests map[string]float64) Rollout {
		r := Find(spans, nil, together)[1]
		require.Equal(t, []string{"a", "b"}, r.Candidates)
		r.Choose(requests, spans)
		return r
	}
	assert.Equal(t, "a", choose(map[string]float64{"a": 90, "b": 10}).Old)
	assert.Equal(t, "b", choose(map[string]float64{"a": 10, "b": 90}).Old)
	assert.Equal(t, "a", choose(map[string]float64{"a": 10, "b": 10}).Old, "the same every time")
	none := choose(nil)
	assert.Empty(t, none.Old)
	assert.Contains(t, none.Skipped, "none of a, b had any requests")
}

func TestFindDoesNotChangeItsSpans(t *testing.T) {
	p := presence(t, "a ###....", "b ..####.", "c .....##")
	spans := p.Spans()
	spans[0], spans[2] = spans[2], spans[0]
	before := append([]Span{}, spans...)
	Find(spans, nil, together)
	assert.Equal(t, before, spans)
}
