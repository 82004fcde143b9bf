package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// noJobs is a policy by which a cluster's administrator refuses all Jobs in a namespace.
const noJobs = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [batch], apiVersions: [v1], resources: [jobs], operations: [CREATE]}
  validations:
  - {expression: "false", message: jobs need a cost centre}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAME}
spec:
  policyName: NAME
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}}
`

func TestHooks_AJobThatThePolicyRefusesEndsTheRunInItsWords(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: quick(nil, spec.HookBefore)}})
	policy := strings.ReplaceAll(noJobs, "NAME", s.namespace)
	_, err := plane.KubectlAs(s.ctx, cluster.Admin, policy, "apply", "-f", "-")
	require.NoError(t, err)
	t.Cleanup(func() {
		// The test's own context has ended by then.
		_, err := plane.KubectlAs(context.WithoutCancel(s.ctx), cluster.Admin, policy, "delete", "-f", "-")
		assert.NoError(t, err)
	})
	s.task("migrate", map[string]string{"RUN_FOR": "100ms"})
	s.annotate()
	require.Eventually(t, func() bool {
		return s.try("", "create", "job", "probe", "--from=cronjob/migrate", "--dry-run=server") != nil
	}, 30*time.Second, 200*time.Millisecond, "the policy is in force")
	stablePods, _ := s.live()
	users := s.load(20)
	s.push("v2", nil)
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonHookFailed), condition.Reason)
	assert.Contains(t, condition.Message, "jobs need a cost centre")
	list, err := plane.Client().BatchV1().Jobs(s.namespace).List(s.ctx, metav1.ListOptions{})
	require.NoError(t, err)
	assert.Empty(t, list.Items)
	users.unharmed()
	s.untouched(users, "v2", stablePods)
	s.restored()
}

func TestHooks_OfABlueGreenRun(t *testing.T) {
	t.Parallel()
	for says, exit := range map[string]string{"a smoke test that succeeds": "0", "a smoke test that fails": "1"} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{app: cluster.App{Annotations: ungated(map[string]string{
				spec.AnnotationStrategy: "blue-green", spec.AnnotationBake: "1s",
				spec.AnnotationBefore: "cronjob/migrate", spec.AnnotationVerify: "cronjob/smoke", spec.AnnotationAfter: "cronjob/tidy",
			})}})
			delete(s.app.Annotations, spec.AnnotationSteps)
			s.task("migrate", map[string]string{"RUN_FOR": "300ms"})
			s.task("smoke", map[string]string{"RUN_FOR": "300ms", "EXIT_CODE": exit})
			s.task("tidy", map[string]string{"RUN_FOR": "300ms"})
			s.annotate()
			users := s.load(30)
			s.push("v2", nil)
			if exit != "0" {
				assert.Contains(t, s.aborted(1).Message, "Job "+s.hookJob(spec.HookVerify).name)
				users.unharmed()
				users.spared("v2")
				assert.Empty(t, s.hookJobs(spec.HookAfter))
				s.restored()
				return
			}
			s.promoted(1)
			users.unharmed()
			canary := s.canary("v2")
			verify := s.hookJob(spec.HookVerify)
			assert.Equal(t, "shop-preview."+s.namespace+".svc.cluster.local", s.env(verify)["SLUICE_CANARY_HOST"])
			assert.Less(t, s.hookJob(spec.HookBefore).ended, s.firstPod("v2"))
			assert.Greater(t, verify.born, s.readyEndpoints("shop-preview", canary, 4))
			assert.Less(t, verify.ended, s.pinned(canary), "the swap came afterwards")
			assert.Greater(t, s.hookJob(spec.HookAfter).born, s.handedOver(canary))
			s.restored()
		})
	}
}
