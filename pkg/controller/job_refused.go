package controller

import (
	"errors"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// refusedJobs remembers the Jobs that the API server has refused, by a policy or because the template isn't valid. To Plan such a Job is
// one that has failed: to try again and again would leave the run where it is without a word to its user. After a restart it is tried
// once more, which is no second run of it.
type refusedJobs struct {
	mu   sync.Mutex
	jobs map[strategy.Key]strategy.Job
}

func newRefusedJobs() *refusedJobs { return &refusedJobs{jobs: map[strategy.Key]strategy.Job{}} }

func (r *refusedJobs) note(key strategy.Key, a strategy.CreateJob, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs[key] = strategy.Job{
		Name: a.Name, Run: a.Run, Number: a.Number, Hook: a.Hook, State: strategy.JobFailed, Message: "the API server refused it: " + why,
	}
}

// of is the Job that was refused to the run that goes on, nil if there is none; that of another run is forgotten.
func (r *refusedJobs) of(key strategy.Key, record *strategy.Record) *strategy.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	job, ok := r.jobs[key]
	if !ok {
		return nil
	}
	if record == nil || record.Run == nil || record.Run.ID != job.Run {
		delete(r.jobs, key)
		return nil
	}
	return &job
}

func (r *refusedJobs) forget(key strategy.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.jobs, key)
}

// refusal is what the server says of a Job that it will never take as it is; empty: it may, or there was no error.
func refusal(err error) string {
	if !apierrors.IsInvalid(err) && !apierrors.IsForbidden(err) && !apierrors.IsBadRequest(err) {
		return ""
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return short(status.Status().Message)
	}
	return short(err.Error())
}
