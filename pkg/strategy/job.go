package strategy

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// CronJob is what matters of one that a hook names.
type CronJob struct {
	// Deadline is its Jobs' activeDeadlineSeconds; 0: none.
	Deadline time.Duration
	// Problem says why no Job can be made of it; empty: one can.
	Problem string
}

// JobState is how far a Job is.
type JobState string

// The states of a Job.
const (
	JobPending   JobState = "pending"
	JobRunning   JobState = "running"
	JobSucceeded JobState = "succeeded"
	JobFailed    JobState = "failed"
)

// Job is what matters of one that Sluice has made.
type Job struct {
	Name, UID, ResourceVersion string
	// Run is the ID of the run that it was made for, Number that run's number.
	Run    string
	Number int
	Hook   spec.Hook
	State  JobState
	// Message says why it failed, or how it is getting on.
	Message string
	EndedAt time.Time
}
