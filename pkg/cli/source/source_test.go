package source_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/sluice-dev/sluice/pkg/cli/clitest"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/cli/source"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// server has the objects of a state.
func server(s *clitest.State) (*source.Source, *fake.Clientset) {
	o := s.Complete()
	objects := []runtime.Object{o.Deployment, o.Record}
	for i := range o.ReplicaSets {
		objects = append(objects, &o.ReplicaSets[i])
	}
	for i := range o.Pods {
		o.Pods[i].Labels = map[string]string{"app": clitest.Name}
		objects = append(objects, &o.Pods[i])
	}
	client := fake.NewClientset(objects...)
	return &source.Source{Client: client, Now: clitest.Now}, client
}

func TestReadFindsAllThatARolloutIsMadeOf(t *testing.T) {
	s, _ := server(clitest.Starting())
	r, err := s.Read(t.Context(), clitest.Namespace, clitest.Name)
	require.NoError(t, err)
	assert.Equal(t, rollout.Starting, r.Phase)
	assert.Equal(t, []string{"container app: ImagePullBackOff"}, r.Canary.Troubles)
	_, err = s.Read(t.Context(), clitest.Namespace, "another")
	assert.True(t, apierrors.IsNotFound(err), "%v", err)
}

func TestListHasTheManagedOnes(t *testing.T) {
	s, client := server(clitest.Waiting())
	plain := clitest.AtRest().Deployment
	plain.Name = "plain"
	delete(plain.Annotations, spec.AnnotationStrategy)
	elsewhere := clitest.AtRest().Deployment
	elsewhere.Namespace = "app"
	for _, d := range []metav1.Object{plain, elsewhere} {
		require.NoError(t, client.Tracker().Add(d.(runtime.Object)))
	}
	list, err := s.List(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, "app", list[0].Namespace, "sorted")
	assert.Equal(t, rollout.Held, list[1].Phase)
	list, err = s.List(t.Context(), clitest.Namespace)
	require.NoError(t, err)
	assert.Len(t, list, 1)
}

func TestFollowReadsAgainAfterAChange(t *testing.T) {
	s, client := server(clitest.Waiting())
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	var seen []rollout.Phase
	err := s.Follow(ctx, clitest.Namespace, clitest.Name, 0, func(r *rollout.Rollout, err error) bool {
		require.NoError(t, err)
		if n := len(seen); n == 0 || seen[n-1] != r.Phase {
			seen = append(seen, r.Phase)
		}
		if len(seen) == 1 {
			// Whichever of the two is told of first, both are read.
			o := clitest.Promoted().Complete()
			_, err := client.CoreV1().ConfigMaps(clitest.Namespace).Update(ctx, o.Record, metav1.UpdateOptions{})
			require.NoError(t, err)
			_, err = client.AppsV1().Deployments(clitest.Namespace).Update(ctx, clitest.AtRest().Deployment, metav1.UpdateOptions{})
			assert.NoError(t, err)
		}
		return r.Phase == rollout.Pending || r.Phase == rollout.AtRest
	})
	require.NoError(t, err)
	assert.Equal(t, rollout.Held, seen[0])
}

func TestFollowKeepsWhatItHasWhenTheServerFails(t *testing.T) {
	s, client := server(clitest.Waiting())
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	failing := false
	client.PrependReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
		return failing, nil, errors.New("no connection")
	})
	looks := 0
	require.NoError(t, s.Follow(ctx, clitest.Namespace, clitest.Name, 50*time.Millisecond, func(r *rollout.Rollout, err error) bool {
		looks++
		if !failing {
			require.NoError(t, err)
			failing = true
			_, err := client.AppsV1().ReplicaSets(clitest.Namespace).Update(ctx, &clitest.AtRest().ReplicaSets[0], metav1.UpdateOptions{})
			require.NoError(t, err)
			return false
		}
		if err == nil {
			return false // the clock goes on while nothing was read
		}
		assert.ErrorContains(t, err, "no connection")
		assert.NotNil(t, r)
		return true
	}))
	assert.Greater(t, looks, 1)
}

func TestFollowEndsWithItsContext(t *testing.T) {
	s, _ := server(clitest.Waiting())
	ctx, stop := context.WithCancel(t.Context())
	err := s.Follow(ctx, clitest.Namespace, clitest.Name, 0, func(*rollout.Rollout, error) bool {
		stop()
		return false
	})
	require.ErrorIs(t, err, context.Canceled)
}
