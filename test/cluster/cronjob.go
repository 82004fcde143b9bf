package cluster

import (
	"cmp"
	"context"
	"maps"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Task is a CronJob that never runs by itself, as one writes it whose Jobs are to be made by hand (kubectl create job --from) or by a
// program: suspended, one pod, one try.
type Task struct {
	Namespace       string
	Name            string            // default "migrate"
	Env             map[string]string // how its pod behaves: RUN_FOR and EXIT_CODE of podrunner.Behaviour
	Labels          map[string]string // of its pod; default: task=<name>
	DeadlineSeconds int64             // activeDeadlineSeconds of its Jobs; default none
}

// CronJob of the task.
func (t Task) CronJob() *batchv1.CronJob {
	t.Name = cmp.Or(t.Name, "migrate")
	if t.Labels == nil {
		t.Labels = map[string]string{"task": t.Name}
	}
	env := make([]corev1.EnvVar, 0, len(t.Env))
	for _, name := range slices.Sorted(maps.Keys(t.Env)) {
		env = append(env, corev1.EnvVar{Name: name, Value: t.Env[name]})
	}
	suspended, tries := true, int32(0)
	c := &batchv1.CronJob{
		TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "CronJob"},
		ObjectMeta: metav1.ObjectMeta{Namespace: t.Namespace, Name: t.Name},
		Spec: batchv1.CronJobSpec{
			Schedule: "0 0 1 1 *", Suspend: &suspended,
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{BackoffLimit: &tries, Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: t.Labels},
				Spec: corev1.PodSpec{
					RestartPolicy: corev1.RestartPolicyNever,
					Containers:    []corev1.Container{{Name: "work", Image: "registry.example/" + t.Name + ":v1", Env: env}},
				},
			}}},
		},
	}
	if t.DeadlineSeconds != 0 {
		c.Spec.JobTemplate.Spec.ActiveDeadlineSeconds = &t.DeadlineSeconds
	}
	return c
}

// Apply is kubectl apply by the developer.
func (t Task) Apply(ctx context.Context, c *Cluster) error { return c.Apply(ctx, t.CronJob()) }
