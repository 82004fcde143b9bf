package e2e

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// sight is the canary's weight in a VirtualService and the revision that brought it.
type sight struct {
	weight   int
	revision int64
}

// weightSights are the weights that the canary was seen to have, one for every change, from the journal's start. A VirtualService that
// isn't there gives it none.
func (s *stage) weightSights() []sight {
	s.Helper()
	sights := []sight{{}}
	for _, e := range s.seen.of(virtualServices, "") {
		now := sight{revision: e.revision}
		if !e.gone {
			now.weight = s.canaryShare(e.object)
		}
		if now.weight != sights[len(sights)-1].weight {
			sights = append(sights, now)
		}
	}
	return sights
}

// weights are the weights that the canary was seen to have, without the 0 at the start.
func (s *stage) weights() []int {
	s.Helper()
	var weights []int
	for _, w := range s.weightSights()[1:] {
		weights = append(weights, w.weight)
	}
	return weights
}

// weighed is the revision that first gave the canary a weight.
func (s *stage) weighed(weight int) int64 {
	s.Helper()
	sights := s.weightSights()
	i := slices.IndexFunc(sights, func(w sight) bool { return w.weight == weight })
	require.GreaterOrEqual(s, i, 0, "weight %d in %v", weight, sights)
	return sights[i].revision
}

// untilWeight returns when the canary is seen to have a weight.
func (s *stage) untilWeight(weight int) {
	s.Helper()
	s.until("a weight", func() bool { return slices.Contains(s.weights(), weight) })
}

// canaryShare is the canary's share in all http routes of a VirtualService, in per cent; they must agree.
func (s *stage) canaryShare(vs *unstructured.Unstructured) int {
	s.Helper()
	routes, _, err := unstructured.NestedSlice(vs.Object, "spec", "http")
	require.NoError(s, err)
	shares := map[int]bool{}
	for _, route := range routes {
		if name, _, _ := unstructured.NestedString(route.(map[string]any), "name"); strings.HasPrefix(name, "sluice-") {
			continue // for testers, or for nobody
		}
		destinations, _, err := unstructured.NestedSlice(route.(map[string]any), "route")
		require.NoError(s, err)
		canary, total := int64(0), int64(0)
		for _, d := range destinations {
			host, _, err := unstructured.NestedString(d.(map[string]any), "destination", "host")
			require.NoError(s, err)
			weight, written, err := unstructured.NestedInt64(d.(map[string]any), "weight")
			require.NoError(s, err)
			if !written && len(destinations) == 1 {
				weight = 100
			}
			total += weight
			if host == s.app.Name+"-canary" || host == s.app.Name+"-canary."+s.namespace+".svc.cluster.local" {
				canary += weight
			}
		}
		require.Positive(s, total, "a route whose weights add up to nothing: %v", route)
		shares[int(canary*100/total)] = true
	}
	require.Len(s, shares, 1, "routes that disagree: %v", routes)
	for share := range shares {
		return share
	}
	return -1
}

// life is one pod's.
type life struct {
	name, uid, replicaSet string
	// born is the revision in which it came, ready that in which it was first ready, dying that in which its deletion began.
	born, ready, dying int64
}

// lives are all pods that were ever there, in the order in which they came.
func (s *stage) lives() []life {
	s.Helper()
	var lives []life
	for _, e := range s.seen.of(pods, "") {
		i := slices.IndexFunc(lives, func(l life) bool { return l.uid == string(e.object.GetUID()) })
		if i < 0 {
			owner := metav1.GetControllerOf(e.object)
			require.NotNil(s, owner, "pod %s", e.object.GetName())
			lives, i = append(lives, life{
				name: e.object.GetName(), uid: string(e.object.GetUID()), replicaSet: owner.Name, born: e.revision,
			}), len(lives)
		}
		pod := &corev1.Pod{}
		require.NoError(s, runtime.DefaultUnstructuredConverter.FromUnstructured(e.object.Object, pod))
		if lives[i].ready == 0 && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		}) {
			lives[i].ready = e.revision
		}
		if lives[i].dying == 0 && (e.gone || pod.DeletionTimestamp != nil) {
			lives[i].dying = e.revision
		}
	}
	return lives
}

// podsOf are the UIDs of all pods that a ReplicaSet has ever had, sorted.
func (s *stage) podsOf(replicaSet string) []string {
	s.Helper()
	var uids []string
	for _, l := range s.lives() {
		if l.replicaSet == replicaSet {
			uids = append(uids, l.uid)
		}
	}
	slices.Sort(uids)
	return uids
}

// podsAt are the UIDs of the pods that a ReplicaSet had at a revision, sorted.
func (s *stage) podsAt(replicaSet string, revision int64) []string {
	s.Helper()
	var uids []string
	for _, l := range s.lives() {
		if l.replicaSet == replicaSet && l.born <= revision && (l.dying == 0 || l.dying > revision) {
			uids = append(uids, l.uid)
		}
	}
	slices.Sort(uids)
	return uids
}

// readyEndpoints says from which revision on a Service had at least n ready endpoints of a ReplicaSet; 0: never.
func (s *stage) readyEndpoints(service, replicaSet string, n int) int64 {
	s.Helper()
	for _, e := range s.seen.of(endpointSlices, "") {
		if e.gone || e.object.GetLabels()[discoveryv1.LabelServiceName] != service {
			continue
		}
		slice := &discoveryv1.EndpointSlice{}
		require.NoError(s, runtime.DefaultUnstructuredConverter.FromUnstructured(e.object.Object, slice))
		ready := 0
		for i := range slice.Endpoints {
			end := &slice.Endpoints[i]
			if end.Conditions.Ready != nil && *end.Conditions.Ready && replicaSetOf(end.TargetRef.Name) == replicaSet {
				ready++
			}
		}
		if ready >= n {
			return e.revision
		}
	}
	return 0
}

// versionsOf are the ReplicaSets of a version that were ever there, by name, with the revision in which each came.
func (s *stage) versionsOf(version string) map[string]int64 {
	s.Helper()
	found := map[string]int64{}
	for _, e := range s.seen.of(replicaSets, "") {
		rs := &appsv1.ReplicaSet{}
		require.NoError(s, runtime.DefaultUnstructuredConverter.FromUnstructured(e.object.Object, rs))
		if _, known := found[rs.Name]; !known && versionOf(&rs.Spec.Template) == version {
			found[rs.Name] = e.revision
		}
	}
	return found
}

// canary is the one ReplicaSet of a version.
func (s *stage) canary(version string) string {
	s.Helper()
	found := s.versionsOf(version)
	require.Len(s, found, 1, "ReplicaSets of %s", version)
	for name := range found {
		return name
	}
	return ""
}

// handedOver is the revision in which a ReplicaSet came to be the Deployment's.
func (s *stage) handedOver(replicaSet string) int64 {
	s.Helper()
	for _, e := range s.seen.of(replicaSets, replicaSet) {
		if owner := metav1.GetControllerOf(e.object); owner != nil && owner.Kind == "Deployment" {
			return e.revision
		}
	}
	require.Fail(s, "never handed over", replicaSet)
	return 0
}

// pinned is the revision in which the user's Service first led to one ReplicaSet alone.
func (s *stage) pinned(replicaSet string) int64 {
	s.Helper()
	for _, e := range s.seen.of(services, s.app.Name) {
		hash, _, err := unstructured.NestedString(e.object.Object, "spec", "selector", appsv1.DefaultDeploymentUniqueLabelKey)
		require.NoError(s, err)
		if hash != "" && replicaSet == s.app.Name+"-"+hash {
			return e.revision
		}
	}
	require.Fail(s, "never pinned", replicaSet)
	return 0
}
