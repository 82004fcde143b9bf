package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/sluice-dev/sluice/test/demo/view"
)

// report is the summary for programs.
type report struct {
	Runs []reportRun `json:"runs"`
}

type reportRun struct {
	Name            string  `json:"name"`
	Result          string  `json:"result"` // promoted, aborted; unfinished when it was neither
	Reason          string  `json:"reason"`
	Weights         []int   `json:"weights"` // as seen in the VirtualService, in percent
	Seconds         float64 `json:"seconds"` // from the push to the end
	Served          int64   `json:"served"`  // requests
	FailedByVersion int64   `json:"failedByVersion"`
	FailedByRollout int64   `json:"failedByRollout"`
	SamePods        bool    `json:"samePods"` // the judged ones after a promotion, stable's after an abort
}

func newReport(outcomes []view.Outcome) report {
	r := report{Runs: []reportRun{}}
	for _, o := range outcomes {
		r.Runs = append(r.Runs, reportRun{
			Name: o.Name, Result: o.Result, Reason: o.Reason, Weights: o.Weights, Seconds: math.Round(o.Took.Seconds()*10) / 10,
			Served: o.Served, FailedByVersion: o.FailedByVersion, FailedByRollout: o.FailedByRollout, SamePods: o.SamePods,
		})
	}
	return r
}

// write replaces the file. HTML escapes would only make "E 310 > 300" harder to read.
func (r report) write(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	encoder := json.NewEncoder(f)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		_ = f.Close() // the first error says more
		return fmt.Errorf("report: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
