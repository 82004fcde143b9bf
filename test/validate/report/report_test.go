package report

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/validate/exact"
	"github.com/sluice-dev/sluice/test/validate/peers"
)

// sample meets all criteria.
func sample() *Results {
	tallies, others := map[string]Tally{}, map[string]Peer{}
	for i, rule := range peers.All() {
		tallies[rule.Name] = Tally{Runs: 4000, FalseAborts: 1000 * i, Upper95: .01 + .25*float64(i)}
		others[rule.Name] = Peer{MedianRequests: 300, P90Requests: Number(math.Inf(1)), FailedRequests: 16, Aborted: .8, Early: .1}
	}
	return &Results{
		Alpha: .01,
		Null: []Null{
			{Name: "p = 0.5 p0, 1 request/s", Independent: true, Tally: Tally{4000, 9, .0039}, Peers: tallies, Requests: 1},
			{Name: "p = 0.5 p0, 50 requests/s", Independent: true, Tally: Tally{4000, 0, .0007}, Peers: tallies, Requests: 50},
			{Name: "bursts", Tally: Tally{3000, 60, .025}, Peers: tallies},
		},
		Power: []Power{
			{Name: "ill", MedianRequests: 130, P90Requests: 300, ReferenceMedian: 127, IdealMedian: 103, FailedRequests: 7, Peers: others, Label: "ill"},
			{Name: "ill, no figure", MedianRequests: 130, ReferenceMedian: None(), IdealMedian: 70, Peers: others, Label: "ill too"},
			{Name: "good", MedianRequests: 129, ReferenceMedian: 129, IdealMedian: 113, Promote: true},
		},
	}
}

func TestCriteria(t *testing.T) {
	tests := map[string]struct {
		change func(*Results)
		want   string
	}{
		"all are met":                      {func(*Results) {}, ""},
		"bursts have none":                 {func(r *Results) { r.Null[2].Upper95 = 1 }, ""},
		"too many false aborts":            {func(r *Results) { r.Null[0].Upper95 = .0101 }, "null: p = 0.5 p0, 1 request/s: 9 false aborts"},
		"slower than the reference":        {func(r *Results) { r.Power[0].MedianRequests = 172 }, "the reference needs 127"},
		"slower than the ideal":            {func(r *Results) { r.Power[1].MedianRequests = 141 }, "the ideal test needs 70"},
		"never aborted":                    {func(r *Results) { r.Power[1].MedianRequests = Number(math.Inf(1)) }, "never requests, the ideal test needs 70"},
		"nothing known of a median":        {func(r *Results) { r.Power[2].MedianRequests = None() }, "the reference needs 129"},
		"an ideal that is never done":      {func(r *Results) { r.Power[1].IdealMedian = None() }, "the ideal test needs –"},
		"promotion counts like the others": {func(r *Results) { r.Power[2].MedianRequests = 300 }, "power: good: 300"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := sample()
			test.change(r)
			problems := r.Problems()
			if test.want == "" {
				assert.Empty(t, problems)
				return
			}
			require.NotEmpty(t, problems)
			assert.Contains(t, problems[0], test.want)
		})
	}
}

func TestTheFormOfTheResults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.json")
	require.NoError(t, sample().Write(path))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var all map[string]any
	require.NoError(t, json.Unmarshal(data, &all))
	keys := func(x any) []string {
		var names []string
		for name := range x.(map[string]any) {
			names = append(names, name)
		}
		return names
	}
	first := func(name string) any { return all[name].([]any)[0] }
	assert.ElementsMatch(t, []string{"alpha", "null", "power"}, keys(all))
	assert.ElementsMatch(t, []string{"name", "independent", "runs", "falseAborts", "upper95", "peers"}, keys(first("null")))
	assert.ElementsMatch(t, []string{
		"name", "medianRequests", "p90Requests", "referenceMedian", "idealMedian", "failedRequests", "peers",
	}, keys(first("power")))
	var back Results
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, sample().Null[0].Tally, back.Null[0].Tally)
	assert.Nil(t, all["power"].([]any)[1].(map[string]any)["referenceMedian"], "a number that there is not is null")
}

func TestThePageAndThePictures(t *testing.T) {
	d := &Document{
		Results: sample(), Seed: 1, Expectations: []exact.Expectation{{Test: "a test", Cases: 9, Largest: 1}},
		Sizes: []exact.Distribution{{Size: exact.Size{Canary: 2, Intervals: 3, Limit: .01}, Abort: .001}},
	}
	page := d.Markdown()
	for _, want := range []string{
		"All criteria are met.", "11000 simulated roll-outs", "| p = 0.5 p0, 1 request/s | 4000 | 0.23 % | 0.39 % | 0.00 % | 25.00 %",
		"| ill | 130 | 300 | 127 | 1.02 | 103 | 1.26 | 7.0 |", "300 / 16.0 (10.0 % too early, 10.0 % never)",
		"limit 1 %, 3 intervals of 2 requests",
	} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, "%!", "no format is broken")
	assert.NotContains(t, page, "%%")
	d.Problems = []string{"something"}
	assert.Contains(t, d.Markdown(), "**Not all criteria are met:**\n\n- something")

	folder := t.TempDir()
	require.NoError(t, d.Plots(folder, &Example{
		Title: "a run", Minutes: []float64{1, 2, 3}, Log10E: []float64{0, -9, 4}, Log10Limit: 2.3, Onset: 2,
		Aborts: map[string]int{"flaggerThreshold5": 3},
	}))
	for _, name := range []string{"false-aborts.png", "requests-to-abort.png", "example.png"} {
		info, err := os.Stat(filepath.Join(folder, name))
		require.NoError(t, err)
		assert.Less(t, info.Size(), int64(150_000), name)
		assert.Greater(t, info.Size(), int64(5000), name)
	}
}
