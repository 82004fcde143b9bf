package install

import (
	"io"
	"net"
	"net/http"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/test/cluster"
)

// metricsToken is the token of the Secret that releases may name.
const metricsToken = "measured"

// metrics are those of a pod of the controller; a pod that doesn't answer has none.
func (r *release) metrics(pod corev1.Pod) string {
	_, text := r.get(pod, "8080", "/metrics", metricsToken)
	return text
}

// get asks a pod, with a token; status 0: it doesn't answer.
func (r *release) get(pod corev1.Pod, port, path, token string) (status int, text string) {
	r.Helper()
	url := "http://" + net.JoinHostPort(cluster.Loopback(pod.Status.PodIP), port) + path
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, url, http.NoBody)
	require.NoError(r, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, ""
	}
	return response.StatusCode, string(body)
}
