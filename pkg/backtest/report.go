package backtest

import "time"

// Schema is the version of the report's JSON. Fields may be added to it; none is renamed, removed or given another meaning.
const Schema = "sluice.dev/backtest/v1"

// Report is the whole answer. Its JSON is documented in docs/backtest.md.
type Report struct {
	Schema     string    `json:"schema"`
	Namespace  string    `json:"namespace"`
	Deployment string    `json:"deployment"`
	From       time.Time `json:"from"`
	Until      time.Time `json:"until"`
	// Metric is the one whose samples told which pods there were; empty if there were none.
	Metric string `json:"metric"`
	// ScrapeSeconds and IntervalSeconds are the time between two samples and the length of the intervals that were counted by.
	ScrapeSeconds   float64  `json:"scrapeSeconds"`
	IntervalSeconds float64  `json:"intervalSeconds"`
	Settings        Settings `json:"settings"`
	Notes           []string `json:"notes"`
	Gaps            []Gap    `json:"gaps"`
	Rollouts        []Row    `json:"rollouts"`
	Summary         Summary  `json:"summary"`
}

// Settings are what was judged by, as users write it.
type Settings struct {
	MaxErrorRate   string       `json:"maxErrorRate"`
	MaxLatency     string       `json:"maxLatency"`
	Compare        string       `json:"compare"`
	Steps          string       `json:"steps"`
	OnInconclusive string       `json:"onInconclusive"`
	MaxHold        string       `json:"maxHold"`
	Alerts         []AlertState `json:"alerts"`
}

// AlertState is a rule that was asked for.
type AlertState struct {
	Name     string `json:"name"`
	Replayed bool   `json:"replayed"`
	// Detail says how it was judged, or why it wasn't.
	Detail string `json:"detail"`
}

// Row is one roll-out.
type Row struct {
	Number int    `json:"number"`
	Old    string `json:"old"`
	New    string `json:"new"`
	// Start and End are when the new version's samples begin and end.
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Ending    Ending    `json:"ending"`
	Successor string    `json:"successor,omitempty"`
	// Again: the version had been there before.
	Again bool `json:"again"`
	// Skipped is why it was not judged. Then there is nothing of what follows.
	Skipped      string        `json:"skipped,omitempty"`
	WithSteps    *Result       `json:"withSteps,omitempty"`
	AsItHappened *Result       `json:"asItHappened,omitempty"`
	Failed       *Damage       `json:"failed,omitempty"`
	Slow         *Damage       `json:"slow,omitempty"`
	Assessment   Assessment    `json:"assessment,omitempty"`
	Notes        []string      `json:"notes"`
	Lasted       time.Duration `json:"-"`
}

// Result is a Decision for people.
type Result struct {
	Outcome Outcome `json:"outcome"`
	// At is when it would have been decided; AfterSeconds, since the start.
	At           time.Time `json:"at"`
	AfterSeconds float64   `json:"afterSeconds"`
	Step         int       `json:"step,omitempty"`
	Weight       int       `json:"weight,omitempty"`
	Reason       string    `json:"reason"`
	Message      string    `json:"message"`
}

// Damage is a Harm in whole requests.
type Damage struct {
	// Requests are the new version's, Bad those that failed or were slow.
	Requests float64 `json:"requests"`
	Bad      float64 `json:"bad"`
	Share    float64 `json:"share"`
	// OldShare is the old version's share, as it was expected of the new one.
	OldShare          float64   `json:"oldShare"`
	Excess            float64   `json:"excess"`
	SavedWithSteps    float64   `json:"savedWithSteps"`
	SavedAsItHappened float64   `json:"savedAsItHappened"`
	Until             time.Time `json:"until"`
	// Partial: the version was there for longer than was counted.
	Partial bool `json:"partial"`
}

// Assessment says how what Sluice would have done fits to what people did.
type Assessment string

// The assessments.
const (
	// Caught: Sluice would have aborted a version that was taken out within TakenOut.
	Caught Assessment = "caught"
	// FalseAlarm: it would have aborted one that stayed, and that met the gates over its time.
	FalseAlarm Assessment = "false-alarm"
	// Stayed: it would have aborted one that stayed, though it did not meet them.
	Stayed Assessment = "stayed"
	// Missed: it would not have aborted one that was rolled back within TakenOut.
	Missed Assessment = "missed"
	// Agreed: it would have promoted one that stayed.
	Agreed Assessment = "agreed"
	// Open: it would have decided nothing.
	Open Assessment = "open"
)

// Summary counts. Requests are those beyond the old version's share.
type Summary struct {
	Rollouts    int `json:"rollouts"`
	Replayed    int `json:"replayed"`
	Skipped     int `json:"skipped"`
	Aborted     int `json:"aborted"`
	Promoted    int `json:"promoted"`
	Undecided   int `json:"undecided"`
	Caught      int `json:"caught"`
	Stayed      int `json:"stayed"`
	FalseAlarms int `json:"falseAlarms"`
	Missed      int `json:"missed"`

	Failed Saved `json:"failed"`
	Slow   Saved `json:"slow"`
}

// Saved is a sum over the roll-outs that Sluice would have aborted, and those that it would have missed.
type Saved struct {
	Excess            float64 `json:"excess"`
	SavedWithSteps    float64 `json:"savedWithSteps"`
	SavedAsItHappened float64 `json:"savedAsItHappened"`
}

// Summarize counts the rows.
func (r *Report) Summarize() {
	s := Summary{Rollouts: len(r.Rollouts)}
	for i := range r.Rollouts {
		row := &r.Rollouts[i]
		if row.Skipped != "" {
			s.Skipped++
			continue
		}
		s.Replayed++
		switch row.WithSteps.Outcome {
		case OutcomeAborted:
			s.Aborted++
		case OutcomePromoted:
			s.Promoted++
		case OutcomeHeld, OutcomeNone:
			s.Undecided++
		}
		switch row.Assessment {
		case Caught:
			s.Caught++
		case Stayed:
			s.Stayed++
		case FalseAlarm:
			s.FalseAlarms++
		case Missed:
			s.Missed++
		case Agreed, Open:
		}
		if row.Assessment != Agreed && row.Assessment != Open {
			s.Failed.add(row.Failed)
			s.Slow.add(row.Slow)
		}
	}
	r.Summary = s
}

func (s *Saved) add(d *Damage) {
	if d == nil {
		return
	}
	s.Excess += d.Excess
	s.SavedWithSteps += d.SavedWithSteps
	s.SavedAsItHappened += d.SavedAsItHappened
}
