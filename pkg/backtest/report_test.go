package backtest

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

var update = flag.Bool("update", false, "write the golden files")

// sample is a report with one of everything.
func sample() *Report {
	rollout := func(n float64, lasted time.Duration, old, replacement string, e Ending, next string) *Rollout {
		return &Rollout{Old: old, New: replacement, Start: minute(n), End: minute(n).Add(lasted), Ending: e, Successor: next}
	}
	decision := func(o Outcome, at float64, step, weight int, message string) Decision {
		return Decision{Outcome: o, At: minute(at), Step: step, Weight: weight, Reason: analysis.ReasonErrorRate, Message: message}
	}
	const bad = "error-rate: canary 14/212 (6.6 %), stable 9/1904 (0.5 %), E 310 ≥ 300: abort"
	const good = "error-rate: canary 4/3357 (0.1 %), E 10^22 ≥ 20: pass; latency over 2s: canary 36/3357 (1.1 %), E 10^36 ≥ 20: pass"

	caught := NewRow(rollout(600, 12*time.Minute+45*time.Second, "7c8b9d5f4c", "5b5d8f7c9d", EndingRolledBack, "7c8b9d5f4c"),
		&Judged{AsItHappened: decision(OutcomeAborted, 601, 0, 0, bad), WithSteps: decision(OutcomeAborted, 600.75, 1, 10, bad), OldGone: minute(601)},
		&Harm{Requests: 28454, Bad: 5764, Before: counts(24000, 48), Expected: .002, Excess: 5707.4, SavedAsItHappened: 5507.9, SavedWithSteps: 5664.2, Until: minute(613)},
		&Harm{Requests: 28454, Bad: 314, Expected: .0095, Until: minute(613)}, true)
	kept := rollout(1000, 50*time.Hour, "5b5d8f7c9d", "9c4d5b8f7", EndingServing, "")
	kept.Notes = []string{"there is a gap in the history from 2026-07-01 16:41:00 to 2026-07-01 16:43:00"}
	alarm := NewRow(kept,
		&Judged{AsItHappened: decision(OutcomeNone, 1033, 0, 0, good), WithSteps: decision(OutcomeAborted, 1001, 2, 50, "latency over 2s: canary 12/50 (24.0 %), stable 8/509 (1.6 %), E 29083 ≥ 400: abort")},
		&Harm{Limit: .05, Requests: 862707, Bad: 1714, Expected: .0024, Until: minute(1360)},
		&Harm{Limit: .05, Requests: 862707, Bad: 9440, Expected: .0104, Excess: 504, SavedWithSteps: 445, Until: minute(1360)}, true)
	passed := NewRow(rollout(2000, 90*time.Minute, "9c4d5b8f7", "8f6c7d9b54", EndingReplaced, "66bcd98f4"),
		&Judged{AsItHappened: decision(OutcomeNone, 2033, 0, 0, good), WithSteps: decision(OutcomePromoted, 2003.5, 3, 100, good)},
		&Harm{Requests: 78081, Bad: 197, Expected: .0018, Excess: 56, Until: minute(2033)}, nil, true)
	held := NewRow(rollout(2090, 90*time.Minute, "8f6c7d9b54", "66bcd98f4", EndingReplaced, "74f5b9c8d"),
		&Judged{AsItHappened: decision(OutcomeNone, 2123, 0, 0, ""), WithSteps: decision(OutcomeHeld, 2120, 1, 10,
			"error-rate: canary 0/12 (0.0 %), E 1.8 of 20, about 47 more requests needed at this step: wait")}, nil, nil, true)
	missed := NewRow(rollout(3000, 51*time.Minute, "66bcd98f4", "74f5b9c8d", EndingRolledBack, "66bcd98f4"),
		&Judged{AsItHappened: decision(OutcomeNone, 3033, 0, 0, good), WithSteps: decision(OutcomePromoted, 3003.5, 3, 100, good)},
		&Harm{Requests: 119820, Bad: 7706, Expected: .0026, Excess: 7394, Until: minute(3051)}, nil, true)
	skipped := Skip(&Rollout{New: "58d7c6b9f4", Start: minute(4000), End: minute(4010), Ending: EndingUnknown, Again: true, Skipped: "no other version was there when it appeared"})

	r := &Report{
		Schema: Schema, Namespace: "shop", Deployment: "shop", From: minute(0), Until: minute(4320), Metric: "http_requests_total",
		ScrapeSeconds: 15, IntervalSeconds: 15,
		Settings: Settings{
			MaxErrorRate: "5%", MaxLatency: "p95<2s", Compare: "on", Steps: "10@1m,50@1m,100@1m", OnInconclusive: "hold", MaxHold: "30m",
			Alerts: []AlertState{{"HighErrorRate", true, "at most 5 % of http_requests_total"}, {"Saturated", false, "evaluated by Prometheus over each version's pods"}},
		},
		Notes:    []string{"3 older roll-outs are left out; the newest 6 are judged"},
		Gaps:     []Gap{{From: minute(3600), Until: minute(3640)}, {From: minute(3900), Until: minute(3950), Recording: true}},
		Rollouts: []Row{caught, alarm, passed, held, missed, skipped},
	}
	for i := range r.Rollouts {
		r.Rollouts[i].Number = i + 1
	}
	r.Summarize()
	return r
}

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func TestText(t *testing.T) {
	text := sample().Text()
	golden(t, "report.txt", text)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		assert.LessOrEqual(t, utf8.RuneCountInString(line), wide, line)
		assert.Equal(t, strings.TrimRight(line, " "), line)
	}
}

func TestJSON(t *testing.T) {
	out, err := json.MarshalIndent(sample(), "", "  ")
	require.NoError(t, err)
	golden(t, "report.json", string(out)+"\n")
	assert.NotContains(t, string(out), "null", "a list without elements is a list")
}

func TestNothingFound(t *testing.T) {
	r := &Report{Namespace: "shop", Deployment: "shop", From: minute(0), Until: minute(5), Notes: []string{"no pod had any sample"}}
	r.Summarize()
	text := r.Text()
	assert.Contains(t, text, "no pod had any sample")
	assert.Contains(t, text, "No roll-outs were found.")
	assert.NotContains(t, text, "How to read this")
}

func TestAssessments(t *testing.T) {
	harm := func(bad, expected float64) *Harm {
		return &Harm{Requests: 1000, Bad: bad, Expected: expected, Limit: .05}
	}
	for sentence, c := range map[string]struct {
		outcome      Outcome
		ending       Ending
		lasted       time.Duration
		failed, slow *Harm
		want         Assessment
	}{
		"aborted, and rolled back soon":                 {OutcomeAborted, EndingRolledBack, time.Hour, harm(200, 0), nil, Caught},
		"aborted, and replaced soon":                    {OutcomeAborted, EndingReplaced, time.Minute, harm(200, 0), nil, Caught},
		"aborted, and replaced late, bad all the time":  {OutcomeAborted, EndingReplaced, 2 * time.Hour, harm(200, 0), nil, Stayed},
		"aborted, stayed, well over its time":           {OutcomeAborted, EndingServing, 2 * time.Hour, harm(1, .001), harm(10, .01), FalseAlarm},
		"aborted, stayed, slow over its time":           {OutcomeAborted, EndingServing, 2 * time.Hour, harm(1, .001), harm(90, .01), Stayed},
		"aborted, stayed, within its limits, but worse": {OutcomeAborted, EndingServing, 2 * time.Hour, harm(20, .001), nil, Stayed},
		"aborted, stayed, as ill as the old version":    {OutcomeAborted, EndingServing, 2 * time.Hour, harm(90, .08), nil, Stayed},
		"aborted, stayed, worse by next to nothing":     {OutcomeAborted, EndingServing, 2 * time.Hour, harm(1, 0), nil, FalseAlarm},
		"aborted, gone for reasons unknown":             {OutcomeAborted, EndingUnknown, time.Minute, harm(200, 0), nil, Stayed},
		"promoted, and rolled back soon":                {OutcomePromoted, EndingRolledBack, time.Minute, nil, nil, Missed},
		"promoted, and rolled back late":                {OutcomePromoted, EndingRolledBack, 2 * time.Hour, nil, nil, Agreed},
		"promoted, and replaced soon":                   {OutcomePromoted, EndingReplaced, time.Minute, nil, nil, Agreed},
		"held, and rolled back soon":                    {OutcomeHeld, EndingRolledBack, time.Minute, nil, nil, Missed},
		"held":                                          {OutcomeHeld, EndingServing, time.Hour, nil, nil, Open},
		"undecided":                                     {OutcomeNone, EndingReplaced, time.Minute, nil, nil, Open},
	} {
		t.Run(sentence, func(t *testing.T) {
			r := &Rollout{Start: minute(0), End: minute(0).Add(c.lasted), Ending: c.ending}
			row := NewRow(r, &Judged{WithSteps: Decision{Outcome: c.outcome}}, c.failed, c.slow, true)
			assert.Equal(t, c.want, row.Assessment)
		})
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		45 * time.Second: "45s", 12*time.Minute + 15*time.Second: "12m15s", 3*time.Hour + 59*time.Minute: "3h 59m", 51 * time.Hour: "2d 3h",
		999 * time.Millisecond: "1s", 3 * time.Minute: "3m", 10 * time.Second: "10s", 10*time.Minute + 10*time.Second: "10m10s",
	} {
		assert.Equal(t, want, lasting(d))
	}
	for n, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		assert.Equal(t, want, number(n))
	}
	assert.Equal(t, "0.5 %", percent(.005))
	assert.Equal(t, "0.05 %", percent(.0005))
	assert.Equal(t, "0.0 %", percent(0))
	assert.Equal(t, "1 roll-out", counted(1, "roll-out"))
	assert.Equal(t, "2,000 roll-outs", counted(2000, "roll-out"))
	long := strings.Repeat("x", 100)
	assert.Equal(t, "  "+long+"\n  y\n", wrap("  ", long+" y"), "a word that is too long has a line of its own")
}
