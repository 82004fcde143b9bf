package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sluice-dev/sluice/test/cluster"
)

// keptText tells where everything is that goes on running, and what to try.
func keptText(kubectl, kubeconfig, prometheus, controller, page, logs string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("Everything is still running; Ctrl-C ends it. What happens is shown below.")
	line("")
	line("  kubeconfig  %s", kubeconfig)
	line("  Prometheus  %s", prometheus)
	line("  controller  %s/metrics", controller)
	line("  web page    %s", page)
	line("  logs        %s", logs)
	line("")
	line("In another terminal, from here:")
	line("")
	line("  export KUBECONFIG=%s", kubeconfig)
	line("  alias k='%s kubectl -n %s'", kubectl, namespace)
	line("")
	for _, try := range [][2]string{
		{"a healthy version is promoted", "k set env deployment/" + name + " VERSION=v5 LATENCY=5ms"},
		{"to go back is gated as well (once v5 is promoted)", "k rollout undo deployment/" + name},
		{"a faulty version is aborted", "k set env deployment/" + name + " VERSION=v6 ERROR_RATE=0.2"},
		{"what a pipeline sees of it", "k rollout status deployment/" + name},
		{"condition and events", "k describe deployment " + name},
		{"the weights, while a run goes on", "k get virtualservice " + name + " -o yaml"},
		{"the last runs with their evidence", "k get configmap " + name + "-sluice -o yaml"},
	} {
		line("  # %s", try[0])
		line("  %s", try[1])
	}
	return b.String()
}

// kept is keptText for a stage. The control plane's program lies beside the controller's.
func (s *stage) kept(controller string) string {
	kubectl := filepath.Join(filepath.Dir(controller), "controlplane")
	// Shorter, where it is right.
	if here, err := os.Getwd(); err == nil {
		if relative, err := filepath.Rel(here, kubectl); err == nil && filepath.IsLocal(relative) {
			kubectl = relative
		}
	}
	return keptText(kubectl, s.cluster.Kubeconfig(cluster.Admin),
		s.cluster.PrometheusURL(), s.controller.URL(), s.controller.WebURL(), s.cluster.Dir())
}
