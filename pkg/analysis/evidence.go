package analysis

import "time"

// Counts are requests, and those among them that were bad: failed, or too slow.
type Counts struct {
	Requests float64 `json:"requests"`
	Bad      float64 `json:"bad"`
}

// Share is the share of bad requests; 0 if there were none at all.
func (c Counts) Share() float64 {
	if c.Requests <= 0 {
		return 0
	}
	return c.Bad / c.Requests
}

func (c Counts) plus(d Counts) Counts {
	return Counts{Requests: c.Requests + d.Requests, Bad: c.Bad + d.Bad}
}

// Evidence is what is known about a run.
type Evidence struct {
	// Run is the run that the evidence is about.
	Run string
	// Interval is the length of an interval, Scrape the time between two samples of a series.
	Interval, Scrape time.Duration
	// End is the time up to which the evidence is complete.
	End time.Time
	// Errors and Latency are the evidence of the two gates. That of a gate which is off is not looked at.
	Errors, Latency Family
	// Reach is the evidence of the gate about what callers saw. Unlike the others it need not be there.
	Reach Family
	// Alerts is one evidence per Gates.Alerts, in their order.
	Alerts []AlertEvidence
}

// Result is the evidence of one of several subjects.
type Result struct {
	Subject  Subject
	Evidence Evidence
}

// Family is what one metric, or a histogram's buckets, have counted.
type Family struct {
	// Metric is the metric's name, for messages.
	Metric string
	// Problem is why there is no evidence, or none that is up to date; nil if there is nothing to say against it.
	Problem *Problem
	// CanarySeen and StableSeen are the times of the newest samples; zero if there was never one.
	CanarySeen, StableSeen time.Time
	// Intervals are in the order of time. Those without a sample are missing.
	Intervals []Interval
	// StableSince is what stable's pods have counted after the end of the evidence, as far as it is known already. It is no
	// evidence: it only tells an outage of both versions from a fault of the one that was scraped first.
	StableSince Counts
	// Faults are what was wrong with samples; each kind once, with the time of its last occurrence, sorted by reason.
	Faults []Fault
	// Before is what stable counted in the intervals before the run, in the order of time. It is no evidence: it only shows how stable's
	// bad requests come, alone or in bursts.
	Before []Interval
	// Groups are the parts of the intervals by Series.Group, sorted by key; empty if no series has a group.
	Groups []Group
	// Bound is the upper bound of the buckets whose requests are not too slow; 0 for a counter.
	Bound time.Duration
	// Notes are what a person should know though nothing depends on it: an answer of which a part was missing, say.
	Notes []string
}

// Group is what the series of one group have counted, on the same grid as their Family.
type Group struct {
	// Key names the group, as people write it: {path="/pay"}.
	Key string
	// Intervals are in the order of time. Those in which the group has counted nothing are missing; whether a side has reported is said
	// by the family's.
	Intervals []Interval
	// StableSince is as Family.StableSince.
	StableSince Counts
}

// RestGroup is the key of all groups together that came after the first [MaxGroups].
const (
	RestGroup = "…"
	MaxGroups = 100
)

// Interval is what was counted in one interval of time: after Start, up to and including Start + Evidence.Interval.
// Intervals lie on a fixed grid, multiples of their length since the Unix epoch.
type Interval struct {
	Start time.Time
	// From is when the first of the canary's requests counted here may have been made: at the sample before. Zero without any.
	From           time.Time
	Canary, Stable Counts
	// CanaryReported and StableReported say that there was a sample at all, be it that nothing had happened.
	CanaryReported, StableReported bool
	// Excluded intervals have counts that can't be trusted: requests may have been counted twice.
	Excluded bool
}

// Problem is why a family has no evidence.
type Problem struct {
	Reason Reason
	// Detail completes the sentence "error-rate: …: hold".
	Detail string
}

// Fault is a problem that samples had at some time. It holds until it is past.
type Fault struct {
	Problem
	At time.Time
}
