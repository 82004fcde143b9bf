package e2e

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// kubectl runs as a user, in the stage's namespace.
func (s *stage) kubectl(user string, args ...string) string {
	s.Helper()
	out, err := plane.KubectlAs(s.ctx, user, "", append([]string{"--namespace", s.namespace}, args...)...)
	require.NoError(s, err)
	return out
}

// apply is kubectl apply by the developer.
func (s *stage) apply(manifest string) {
	s.Helper()
	_, err := plane.KubectlAs(s.ctx, cluster.Developer, manifest, "--namespace", s.namespace, "apply", "-f", "-")
	require.NoError(s, err)
}

// annotate hands the Deployment to Sluice and waits until it is at rest.
func (s *stage) annotate() {
	s.Helper()
	require.NoError(s, s.app.Apply(s.ctx, plane))
	s.await(metav1.ConditionTrue)
	s.await(metav1.ConditionTrue) // the newest state, not only the first one that is right
}

// push applies a new version of the application, as a developer does.
func (s *stage) push(version string, env map[string]string) {
	s.Helper()
	s.app.Version, s.app.Env, s.app.Image = version, env, ""
	require.NoError(s, s.app.Apply(s.ctx, plane))
}

// command gives the run of a ReplicaSet a command.
func (s *stage) command(verb spec.Verb, replicaSet string) {
	s.Helper()
	s.patch(map[string]any{"metadata": map[string]any{"annotations": map[string]any{
		spec.AnnotationCommand: string(verb) + " " + hashOf(replicaSet),
	}}})
}

// patch merges fields into the Deployment, as the developer.
func (s *stage) patch(fields map[string]any) {
	s.Helper()
	text, err := json.Marshal(fields)
	require.NoError(s, err)
	s.kubectl(cluster.Developer, "patch", "deployment", s.app.Name, "--type=merge", "--patch", string(text))
}

// await waits until the condition of the Deployment has a status, and one of the reasons if there are any.
func (s *stage) await(status metav1.ConditionStatus, reasons ...spec.Reason) *appsv1.DeploymentCondition {
	s.Helper()
	var found *appsv1.DeploymentCondition
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
		found = condition(d, spec.ConditionPromoted)
		return found != nil && found.Status == corev1.ConditionStatus(status) &&
			(len(reasons) == 0 || slices.Contains(reasons, spec.Reason(found.Reason)))
	})
	require.NoError(s, err)
	return found
}

func condition(d *appsv1.Deployment, conditionType appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if c := &d.Status.Conditions[i]; c.Type == conditionType {
			return c
		}
	}
	return nil
}

// ended waits until the record says that run number n is over, so that there is something to look at. What happened is then asked of
// others.
func (s *stage) ended(n int) strategy.Summary {
	s.Helper()
	var last strategy.Summary
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name+"-sluice", func(c *corev1.ConfigMap) bool {
		var r strategy.Record
		if json.Unmarshal([]byte(c.Data["record.json"]), &r) != nil || len(r.History) == 0 || r.History[0].Number < n {
			return false
		}
		last = r.History[0]
		return true
	})
	require.NoError(s, err)
	return last
}

// promoted waits for the end of run n, which must have been promoted, and until the Deployment is at rest.
func (s *stage) promoted(n int) {
	s.Helper()
	run := s.ended(n)
	require.Equal(s, strategy.ResultPromoted, run.Result, run.Message)
	s.await(metav1.ConditionTrue, spec.ReasonPromoted)
}

// aborted waits for the end of run n, which must have been aborted, and until what it had changed is put back.
func (s *stage) aborted(n int) *appsv1.DeploymentCondition {
	s.Helper()
	run := s.ended(n)
	require.Equal(s, strategy.ResultAborted, run.Result, run.Message)
	s.until("an unpinned Service", func() bool {
		all := s.seen.of(services, s.app.Name)
		return all[len(all)-1].object.GetAnnotations()[spec.AnnotationRunBy] == ""
	})
	return s.await(metav1.ConditionFalse)
}

// written is what belongs to the user, as bytes.
type written struct{ virtualService, service object }

// object is what is compared of one: everything that a user may write.
type object struct {
	Metadata struct {
		Annotations, Labels map[string]string
		OwnerReferences     []metav1.OwnerReference
		ResourceVersion     string
	}
	Spec json.RawMessage
}

// objects reads what belongs to the user. A VirtualService that isn't there is empty.
func (s *stage) objects() written {
	s.Helper()
	return written{
		virtualService: s.raw("/apis/networking.istio.io/v1/namespaces/" + s.namespace + "/virtualservices/" + s.app.Name),
		service:        s.raw("/api/v1/namespaces/" + s.namespace + "/services/" + s.app.Name),
	}
}

func (s *stage) raw(path string) object {
	s.Helper()
	var o object
	text, err := plane.Client().CoreV1().RESTClient().Get().AbsPath(path).SetHeader("Accept", "application/json").DoRaw(s.ctx)
	if apierrors.IsNotFound(err) {
		return o
	}
	require.NoError(s, err)
	require.NoError(s, json.Unmarshal(text, &o))
	return o
}

// restored asserts that what the user wrote is there again, byte for byte, and nothing else that could carry traffic.
func (s *stage) restored() {
	s.Helper()
	now := s.objects()
	assert.Equal(s, string(s.written.virtualService.Spec), string(now.virtualService.Spec), "spec of the VirtualService")
	assert.Equal(s, s.written.virtualService.Metadata.Annotations, now.virtualService.Metadata.Annotations, "annotations of the VirtualService")
	assert.Equal(s, string(s.written.service.Spec), string(now.service.Spec), "spec of the Service")
	assert.Equal(s, s.written.service.Metadata.Annotations, now.service.Metadata.Annotations, "annotations of the Service")
	all, err := plane.Istio().NetworkingV1().VirtualServices(s.namespace).List(s.ctx, metav1.ListOptions{})
	require.NoError(s, err)
	wanted := 0
	if s.written.virtualService.Spec != nil {
		wanted = 1
	}
	assert.Len(s, all.Items, wanted, "VirtualServices")
}

// live are the UIDs of the application's pods, and their names, both sorted. Those on their way out don't count.
func (s *stage) live() (uids, names []string) {
	s.Helper()
	list, err := plane.Client().CoreV1().Pods(s.namespace).List(s.ctx, metav1.ListOptions{LabelSelector: "app=" + s.app.Name})
	require.NoError(s, err)
	for i := range list.Items {
		if pod := &list.Items[i]; pod.DeletionTimestamp == nil {
			uids, names = append(uids, string(pod.UID)), append(names, pod.Name)
			for _, c := range pod.Status.ContainerStatuses {
				assert.Zero(s, c.RestartCount, "restarts of pod %s", pod.Name)
			}
		}
	}
	slices.Sort(uids)
	slices.Sort(names)
	return uids, names
}

// serving is the ReplicaSet that has all the Deployment's pods.
func (s *stage) serving() string {
	s.Helper()
	list, err := plane.Client().AppsV1().ReplicaSets(s.namespace).List(s.ctx, metav1.ListOptions{LabelSelector: "app=" + s.app.Name})
	require.NoError(s, err)
	for i := range list.Items {
		if rs := &list.Items[i]; *rs.Spec.Replicas == s.app.Replicas {
			return rs.Name
		}
	}
	require.Fail(s, "no ReplicaSet has all pods")
	return ""
}

func (s *stage) deployment() *appsv1.Deployment {
	s.Helper()
	d, err := plane.Client().AppsV1().Deployments(s.namespace).Get(s.ctx, s.app.Name, metav1.GetOptions{})
	require.NoError(s, err)
	return d
}

// restsBraked says whether a Deployment at rest is paused.
func (s *stage) restsBraked() bool { return s.brake == strategy.BrakePaused }

// versionOf is the application's version that a template is of.
func versionOf(template *corev1.PodTemplateSpec) string {
	for _, env := range template.Spec.Containers[0].Env {
		if env.Name == "VERSION" {
			return env.Value
		}
	}
	return ""
}

// hashOf is the pod-template-hash of a ReplicaSet, by its name; replicaSetOf the ReplicaSet of a pod, by its.
func hashOf(replicaSet string) string { return replicaSet[strings.LastIndexByte(replicaSet, '-')+1:] }

func replicaSetOf(pod string) string { return pod[:strings.LastIndexByte(pod, '-')] }
