package prometheus

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// family is a metric that applications or meshes are known to have.
type family struct {
	metric string
	// matchers are added to every selector, with a comma in front.
	matchers string
	// status are the labels that may hold the HTTP status, the first one that is there counts. Only counters of requests have any.
	status []string
	// unit is what a bucket's bound of 1 means. Only histograms have any.
	unit time.Duration
}

// destination is Istio's view from the pod that serves. The same request is also reported by its source: never add the two up.
const destination = `,reporter="destination"`

// families in the order of preference: what the application says itself comes first, since a proxy also sees what is not its own.
var families = [...]family{
	{metric: "http_requests_total", status: []string{"status", "code"}},
	{metric: "istio_requests_total", status: []string{"response_code"}, matchers: destination},
	{metric: "http_request_duration_seconds_bucket", unit: time.Second},
	{metric: "istio_request_duration_milliseconds_bucket", unit: time.Millisecond, matchers: destination},
}

// counters are the families of the error rate, histograms those of the latency, as indices of families.
var (
	counters   = [...]int{0, 1}
	histograms = [...]int{2, 3}
)

// role is what a series of the family counts, and the HTTP status that says so. For a histogram only the bucket of all requests
// and that of the fast ones are asked for.
func (f *family) role(labels map[string]string) (analysis.Role, string) {
	if f.unit != 0 {
		if labels[labelBucket] == infinite {
			return analysis.RoleAll, ""
		}
		return analysis.RoleFast, ""
	}
	for _, label := range f.status {
		if status, ok := labels[label]; ok {
			return analysis.RoleOfStatus(status), status
		}
	}
	return analysis.RoleUnknown, ""
}
