package controller

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// observedCronJobs are those that the hooks of a Deployment, and of its run, name. What isn't there isn't in it.
func (c *Controller) observedCronJobs(d *deployment, s spec.Spec, record *strategy.Record) map[string]strategy.CronJob {
	var found map[string]strategy.CronJob
	for _, name := range hooksNamed(s, record) {
		cj, ok := c.caches.cronJobs.get(d.Namespace, name)
		if !ok {
			continue
		}
		if found == nil {
			found = map[string]strategy.CronJob{}
		}
		problem := cj.problem
		if problem == "" {
			problem = c.mistaken(d, cj)
		}
		found[cj.Name] = strategy.CronJob{Deadline: cj.deadline, Problem: problem}
	}
	return found
}

// hooksNamed are the CronJobs that the hooks of a Deployment, and of its run, name, sorted.
func hooksNamed(s spec.Spec, record *strategy.Record) []string {
	names := slices.Collect(maps.Values(s.Hooks))
	if record != nil && record.Run != nil {
		for i := range record.Run.Hooks {
			names = append(names, record.Run.Hooks[i].CronJob)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// mistaken says by whom the pods of a CronJob's Jobs would be taken for the Deployment's; empty: by nobody. Its ReplicaSets and whatever
// disrupts or scales it would count them, and a Service would send them users.
func (c *Controller) mistaken(d *deployment, cj *cronJob) string {
	const mend = "; give the pods of its spec.jobTemplate other labels"
	if d.numbers.selects.Matches(labels.Set(cj.podLabels)) {
		return fmt.Sprintf("the selector of Deployment %s matches its pods%s", d.Name, mend)
	}
	of := func(svc *service) bool { return svc.Namespace == d.Namespace }
	for _, svc := range c.caches.services.list(indexNamespace, d.Namespace, of) {
		if selects(svc, d.podLabels) && selects(svc, cj.podLabels) {
			return fmt.Sprintf("Service %s, which leads to Deployment %s, would send requests to its pods%s", svc.Name, d.Name, mend)
		}
	}
	return ""
}

// observedJobs are those that Sluice has made for a Deployment, sorted by name, and one that the server has refused to its run.
func (c *Controller) observedJobs(d *deployment, record *strategy.Record) []strategy.Job {
	all := ownedByDeployment(c.caches.jobs, d)
	jobs := make([]strategy.Job, 0, len(all))
	for _, j := range all {
		if j.Labels[spec.LabelManaged] == managedHook {
			jobs = append(jobs, j.observed())
		}
	}
	if refused := c.refused.of(strategy.Key{Namespace: d.Namespace, Name: d.Name}, record); refused != nil {
		jobs = append(jobs, *refused)
	}
	return jobs
}

// cronJobChanged concerns the Deployments of its namespace whose hooks, or whose run's, name it.
func (c *Controller) cronJobChanged(cj *cronJob) {
	c.inNamespace(cj.Namespace, func(d *deployment) bool {
		var record *strategy.Record
		if kept, ok := c.caches.records.get(d.Namespace, strategy.RecordName(d.Name)); ok {
			record, _ = readRecord(kept) // one that can't be read is for Plan to say
		}
		return slices.Contains(hooksNamed(spec.Parse(d.Annotations), record), cj.Name)
	})
}
