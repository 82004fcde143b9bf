package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/demo/view"
)

func TestReport(t *testing.T) {
	first, seenFirst := healthyRun()
	second, seenSecond := faultyRun()
	seenSecond.after.Weights = seenSecond.before.Weights // a run without any weight has an empty list, not null
	path := filepath.Join(t.TempDir(), "summary.json")
	require.NoError(t, newReport([]view.Outcome{outcome(1, first, seenFirst), outcome(2, second, seenSecond)}).write(path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.JSONEq(t, `{
  "runs": [
    {
      "name": "v1 → v2 healthy",
      "result": "promoted",
      "reason": "error-rate: 0/9: pass",
      "weights": [
        10,
        50,
        100
      ],
      "seconds": 34,
      "served": 100,
      "failedByVersion": 0,
      "failedByRollout": 0,
      "samePods": true
    },
    {
      "name": "v2 → v3 errors",
      "result": "aborted",
      "reason": "error-rate: 6/31: abort",
      "weights": [],
      "seconds": 8,
      "served": 100,
      "failedByVersion": 5,
      "failedByRollout": 0,
      "samePods": true
    }
  ]
}
`, string(text))
	assert.Error(t, newReport(nil).write(filepath.Join(path, "below")))
}
