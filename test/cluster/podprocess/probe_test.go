package podprocess

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestProbe_ChangesByItsThresholds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		begin   bool
		answers []int
		want    []bool
	}{
		"what begins as unknown changes with the first success":        {false, []int{500, 200, 200}, []bool{true}},
		"what begins as unknown changes after so many failures":        {false, []int{500, 500, 200}, []bool{false, true}},
		"what begins as a success bears fewer failures than that":      {true, []int{500, 200, 500, 200}, nil},
		"what begins as a success changes after so many in a row":      {true, []int{200, 500, 503, 500}, []bool{false}},
		"a redirection is a success, and an answer that says no isn't": {false, []int{301, 404, 404}, []bool{true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n := int(asked.Add(1))
				if n > len(test.answers) {
					stop() // before there is an answer, which then doesn't count
					<-ctx.Done()
					return
				}
				w.WriteHeader(test.answers[n-1])
			}))
			defer server.Close()
			at, err := url.Parse(server.URL)
			require.NoError(t, err)
			port, err := strconv.Atoi(at.Port())
			require.NoError(t, err)
			s := sandbox{loopback: at.Hostname(), container: &corev1.Container{}}
			probe := &corev1.Probe{
				PeriodSeconds: 1, FailureThreshold: 2,
				ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/livez", Port: intstr.FromInt(port)}},
			}
			var got []bool
			for result := range s.results(ctx, probe, test.begin) {
				got = append(got, result)
			}
			assert.Equal(t, test.want, got)
		})
	}
}
