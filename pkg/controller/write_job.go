package controller

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// createJob runs a hook. The Job's name is the run's and the hook's own, so that the API server itself refuses a second one.
func (p *pass) createJob(ctx context.Context, a strategy.CreateJob) error {
	if p.d == nil {
		return fmt.Errorf("%w: the Deployment is gone", errStale)
	}
	cj, ok := p.caches.cronJobs.get(p.key.Namespace, a.CronJob)
	if !ok || cj.problem != "" {
		return fmt.Errorf("%w: CronJob %s has changed", errStale, a.CronJob)
	}
	object, err := jobOf(cj.template, a)
	if err != nil {
		return fmt.Errorf("CronJob %s: %w", a.CronJob, err)
	}
	// Not as its controller: what climbs from a pod to the controller of its controller (autoscalers, cost reports) would take the
	// hook's pods for the Deployment's. No controller adopts Jobs: that of CronJobs knows its own by their owner
	// (k8s.io/kubernetes v1.37.2, pkg/controller/cronjob/cronjob_controllerv2.go). The garbage collector takes every owner.
	owner := []any{ownedBy(kindDeployment(), p.d.Name, p.d.UID)}
	if err := unstructured.SetNestedSlice(object, owner, "metadata", "ownerReferences"); err != nil {
		return fmt.Errorf("job %s: %w", a.Name, err)
	}
	err = p.create(ctx, kindJob(), p.caches.jobs, object)
	if apierrors.IsAlreadyExists(err) {
		return p.existingJob(ctx, a)
	}
	if why := refusal(err); why != "" {
		p.refused.note(p.key, a, why)
		return nil
	}
	return err
}

// existingJob is called when there is a Job of that name. One that is this run's was made before: by a controller that didn't live to
// see the answer, say. The cache has only what has our label, so the server is asked.
func (p *pass) existingJob(ctx context.Context, a strategy.CreateJob) error {
	list, err := p.client(kindJob(), p.key.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + a.Name})
	if err != nil {
		return fmt.Errorf("look for Job %s: %w", a.Name, err)
	}
	for i := range list.Items {
		u := &list.Items[i]
		if u.GetName() != a.Name {
			continue
		}
		set := u.GetLabels()
		if set[spec.LabelManaged] == managedHook && set[labelRun] == a.Run && set[labelHook] == string(a.Hook) && owns(p.d.UID, u.GetOwnerReferences()) {
			return p.caches.jobs.wrote(u)
		}
		return fmt.Errorf("there is a Job %s/%s that isn't Sluice's for this run, but this name is needed; delete it", p.key.Namespace, a.Name)
	}
	return fmt.Errorf("%w: Job %s was there and is gone", errStale, a.Name)
}

// deleteJob deletes a Job and its pods, which the default for batch/v1 would leave behind (remove says so to the server).
func (p *pass) deleteJob(ctx context.Context, a strategy.DeleteJob) error {
	err := p.remove(ctx, kindJob(), p.caches.jobs, &metav1.ObjectMeta{
		Namespace: p.key.Namespace, Name: a.Name, UID: types.UID(a.UID), ResourceVersion: a.ResourceVersion,
	})
	if apierrors.IsNotFound(err) {
		p.caches.jobs.deleted(p.key.Namespace+"/"+a.Name, types.UID(a.UID))
		return nil
	}
	return err
}

// jobOf makes a Job of a CronJob's template, as the CronJob controller does (k8s.io/kubernetes v1.37.2,
// pkg/controller/cronjob/utils.go, getJobFromTemplate2): labels, annotations and the spec with every field that the server sent, also
// those that this program's types don't know. What differs is written below.
func jobOf(template []byte, a strategy.CreateJob) (map[string]any, error) {
	var parts struct {
		Metadata struct {
			Labels      map[string]any `json:"labels"`
			Annotations map[string]any `json:"annotations"`
		} `json:"metadata"`
		Spec map[string]any `json:"spec"`
	}
	// This Unmarshal keeps whole numbers whole, as the dynamic client's does.
	if err := json.Unmarshal(template, &parts); err != nil {
		return nil, fmt.Errorf("read spec.jobTemplate: %w", err)
	}
	object := parts.Spec
	if object == nil {
		return nil, fmt.Errorf("spec.jobTemplate has no spec")
	}
	// Its logs are to be read for as long as its run is in the history: then Sluice deletes it.
	delete(object, "ttlSecondsAfterFinished")
	// A Job that nobody resumes would hang for ever. It is the CronJob that rests suspended, not its Jobs.
	delete(object, "suspend")
	if _, has := object["activeDeadlineSeconds"]; !has && a.Deadline > 0 {
		object["activeDeadlineSeconds"] = int64((a.Deadline + time.Second - 1) / time.Second)
	}
	for _, field := range []string{"containers", "initContainers"} {
		if err := addEnv(object, a.Env, field); err != nil {
			return nil, err
		}
	}
	return map[string]any{
		"metadata": map[string]any{
			"name": a.Name,
			"labels": with(parts.Metadata.Labels, map[string]any{
				spec.LabelManaged: managedHook, labelRun: a.Run, labelHook: string(a.Hook),
			}),
			"annotations": with(parts.Metadata.Annotations, map[string]any{annotationRunNumber: strconv.Itoa(a.Number)}),
		},
		"spec": object,
	}, nil
}

// with is a map with more in it, which wins.
func with(fields, more map[string]any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, fields)
	maps.Copy(all, more)
	return all
}

// addEnv puts variables before those of every container, so that these can refer to them: value: "http://$(SLUICE_CANARY_HOST)/health".
// Of the container's own variables of the same name nothing is left: a template has no say in what this run's canary is.
func addEnv(job map[string]any, env map[string]string, field string) error {
	if len(env) == 0 {
		return nil
	}
	containers, found, err := unstructured.NestedSlice(job, "template", "spec", field)
	if err != nil || !found {
		return err
	}
	for _, item := range containers {
		container, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("spec.template.spec.%s isn't a list of containers", field)
		}
		all := make([]any, 0, len(env))
		for _, name := range slices.Sorted(maps.Keys(env)) {
			all = append(all, map[string]any{"name": name, "value": env[name]})
		}
		own, _ := container["env"].([]any)
		for _, entry := range own {
			fields, _ := entry.(map[string]any)
			name, _ := fields["name"].(string)
			if _, ours := env[name]; !ours {
				all = append(all, entry)
			}
		}
		container["env"] = all
	}
	return unstructured.SetNestedSlice(job, containers, "template", "spec", field)
}
