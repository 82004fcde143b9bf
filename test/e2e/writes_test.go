package e2e

import (
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/test/cluster"
)

// kubernetes is who the controllers of Kubernetes itself act as.
const kubernetes = "system:kube-controller-manager"

// deed is one successful write, from the API server's audit log.
type deed struct {
	cluster.AuditEvent
	// after is the object that it left; nil for most deletions.
	after    *unstructured.Unstructured
	revision int64
}

// String is as in "patch deployments/status shop".
func (d deed) String() string {
	return strings.TrimSpace(d.Verb + " " + d.what() + " " + d.Name)
}

// what is the resource and subresource.
func (d deed) what() string {
	if d.Subresource != "" {
		return d.Resource + "/" + d.Subresource
	}
	return d.Resource
}

// deeds are the writes of a user in the stage's namespace, in the order in which the server finished them.
func (s *stage) deeds(user string) []deed {
	s.Helper()
	events, err := plane.Audit(s.ctx, cluster.AuditFilter{User: user, Namespace: s.namespace, Writes: true})
	require.NoError(s, err)
	deeds := make([]deed, 0, len(events))
	for _, e := range events {
		d := deed{AuditEvent: e}
		object := &unstructured.Unstructured{}
		if len(e.Response) > 0 && object.UnmarshalJSON(e.Response) == nil && object.GetKind() != "Status" {
			d.after = object
			d.revision, _ = strconv.ParseInt(d.after.GetResourceVersion(), 10, 64) // 0 where there is none
			if d.Name == "" {
				d.Name = d.after.GetName()
			}
		}
		deeds = append(deeds, d)
	}
	return deeds
}

// only keeps the deeds on objects of a resource, of a name if one is given.
func only(deeds []deed, what, name string) []deed {
	var kept []deed
	for _, d := range deeds {
		if d.what() == what && (name == "" || d.Name == name) {
			kept = append(kept, d)
		}
	}
	return kept
}

// words is what was done, each thing once, in the order of its first time.
func words(deeds []deed) []string {
	var all []string
	known := map[string]bool{}
	for _, d := range deeds {
		if text := d.String(); !known[text] {
			known[text] = true
			all = append(all, text)
		}
	}
	return all
}

// weightDeeds are the canary's weights that Sluice wrote, one for every write to a VirtualService whether it changed the weight or
// not, with the time of each.
func (s *stage) weightDeeds() (weights []int, at []time.Time) {
	s.Helper()
	for _, d := range only(s.deeds(cluster.Controller), virtualServices, "") {
		weight := 0
		if d.Verb != "delete" {
			require.NotNil(s, d.after, d.String())
			weight = s.canaryShare(d.after)
		}
		weights, at = append(weights, weight), append(at, d.Time)
	}
	return weights, at
}
