package source

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Source reads from one API server.
type Source struct {
	Client kubernetes.Interface
	// Now tells the time.
	Now func() time.Time
}

// Read reads one roll-out. Whatever its Deployment is made of is read at once; that it is not of one moment is what anybody gets who
// asks for several objects.
func (s *Source) Read(ctx context.Context, namespace, name string) (rollout.Rollout, error) {
	o := rollout.Objects{}
	err := together(
		func() (err error) {
			o.Deployment, err = s.Client.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
			return err
		},
		func() (err error) {
			o.Record, err = s.Client.CoreV1().ConfigMaps(namespace).Get(ctx, strategy.RecordName(name), metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				o.Record, err = nil, nil
			}
			return err
		},
		func() error {
			list, err := s.Client.AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
			if err == nil {
				o.ReplicaSets = list.Items
			}
			return err
		},
		func() error {
			list, err := s.Client.CoreV1().Events(namespace).List(ctx, eventsOf(name))
			if err == nil {
				o.Events = list.Items
			}
			return err
		},
	)
	if err != nil {
		return rollout.Rollout{}, err
	}
	// Held ReplicaSets don't carry the Deployment's labels; their pods do.
	selector, err := metav1.LabelSelectorAsSelector(o.Deployment.Spec.Selector)
	if err != nil {
		return rollout.Rollout{}, fmt.Errorf("selector of deployment %q: %w", name, err)
	}
	pods, err := s.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector.String()})
	if err != nil {
		return rollout.Rollout{}, err
	}
	o.Pods, o.At = pods.Items, s.Now()
	return rollout.Of(o), nil
}

func eventsOf(name string) metav1.ListOptions {
	return metav1.ListOptions{FieldSelector: fields.Set{
		"involvedObject.kind": "Deployment", "involvedObject.name": name,
	}.AsSelector().String()}
}

// together does several things at once and returns the first error in their order.
func together(do ...func() error) error {
	errs := make([]error, len(do))
	var all sync.WaitGroup
	for i := range do {
		all.Go(func() { errs[i] = do[i]() })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// List reads every managed Deployment of a namespace, or of all for an empty one, sorted by namespace and name. Pods and events are
// left out: a table has no room for them.
func (s *Source) List(ctx context.Context, namespace string) ([]rollout.Rollout, error) {
	var deployments *appsv1.DeploymentList
	var records *corev1.ConfigMapList
	var sets *appsv1.ReplicaSetList
	err := together(
		func() (err error) {
			deployments, err = s.Client.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{})
			return err
		},
		func() (err error) {
			records, err = s.Client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: spec.LabelManaged + "=record"})
			return err
		},
		func() (err error) {
			sets, err = s.Client.AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	byName := map[string]*corev1.ConfigMap{}
	for i := range records.Items {
		byName[records.Items[i].Namespace+"/"+records.Items[i].Name] = &records.Items[i]
	}
	now := s.Now()
	var list []rollout.Rollout
	for i := range deployments.Items {
		d := &deployments.Items[i]
		record := byName[d.Namespace+"/"+strategy.RecordName(d.Name)]
		if !spec.Managed(d.Annotations) && record == nil {
			continue
		}
		list = append(list, rollout.Of(rollout.Objects{Deployment: d, Record: record, ReplicaSets: sets.Items, At: now}))
	}
	slices.SortFunc(list, func(a, b rollout.Rollout) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	return list, nil
}
