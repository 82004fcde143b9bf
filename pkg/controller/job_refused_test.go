package controller

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestAJobThatTheServerRefusesHasFailed(t *testing.T) {
	t.Parallel()
	resource := kindJob().GroupResource()
	for says, c := range map[string]struct {
		err    error
		failed bool
	}{
		"by a policy":                      {apierrors.NewForbidden(resource, "shop-before-abc", errors.New("no Jobs on a Friday")), true},
		"because it isn't valid":           {apierrors.NewInvalid(kindJob().gvk.GroupKind(), "shop-before-abc", nil), true},
		"by a webhook":                     {apierrors.NewBadRequest("admission webhook denied the request"), true},
		"because it is too busy":           {apierrors.NewTooManyRequestsError("later"), false},
		"because a webhook can't be asked": {apierrors.NewInternalError(errors.New("failed calling webhook")), false},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			ctrl, p, client := hooked(t)
			ctrl.caches.cronJobs.arrives(t, cronJobWith(t, `{spec: {template: {spec: {}}}}`))
			client.PrependReactor("create", "jobs", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, c.err })
			err := p.act(t.Context(), before())
			record := &strategy.Record{Run: &strategy.Run{ID: before().Run}}
			if !c.failed {
				require.ErrorIs(t, err, c.err, "it is tried again")
				assert.Empty(t, ctrl.observedJobs(p.d, record))
				return
			}
			require.NoError(t, err)
			var status apierrors.APIStatus
			require.ErrorAs(t, c.err, &status)
			assert.Equal(t, []strategy.Job{{
				Name: "shop-before-abc", Run: before().Run, Number: 12, Hook: spec.HookBefore, State: strategy.JobFailed,
				Message: "the API server refused it: " + status.Status().Message,
			}}, ctrl.observedJobs(p.d, record))
			record.Run.ID = "another"
			assert.Empty(t, ctrl.observedJobs(p.d, record), "another run's is none of this run's")
			record.Run.ID = before().Run
			assert.Empty(t, ctrl.observedJobs(p.d, record), "it is forgotten with its run")

			require.NoError(t, p.act(t.Context(), before()))
			require.NoError(t, ctrl.caches.deployments.informers[0].GetIndexer().Delete(p.d))
			_, _ = ctrl.observe(p.key, time.Now())
			assert.Empty(t, ctrl.observedJobs(p.d, record), "and with its Deployment")
		})
	}
}
