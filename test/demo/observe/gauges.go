package observe

import (
	"context"
	"fmt"
	"io"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Gauges are what the controller's /metrics say of one Deployment.
type Gauges struct {
	Phase string
	Gates map[string]Gate // by name
}

// Gate is the evidence of one gate.
type Gate struct {
	Threshold      float64
	Abort, Promote Evidence
	Canary, Stable float64 // shares of bad requests, 0 to 1
}

// Evidence is a decadic logarithm and its limit.
type Evidence struct{ Log10E, Log10Limit float64 }

// scrape reads /metrics.
func scrape(ctx context.Context, url, namespace, deployment string) (Gauges, error) {
	body, err := get(ctx, url)
	if err != nil {
		return Gauges{}, err
	}
	defer body.Close()
	return parseGauges(body, namespace, deployment)
}

func get(ctx context.Context, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close() // nothing of it is of use
		return nil, fmt.Errorf("get %s: %s", url, response.Status)
	}
	return response.Body, nil
}

func parseGauges(text io.Reader, namespace, deployment string) (Gauges, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return Gauges{}, fmt.Errorf("metrics: %w", err)
	}
	g := Gauges{Gates: map[string]Gate{}}
	each := func(family string, visit func(labels map[string]string, value float64)) {
		for _, m := range families[family].GetMetric() {
			if labels := labelsOf(m); labels["namespace"] == namespace && labels["deployment"] == deployment {
				visit(labels, m.GetGauge().GetValue())
			}
		}
	}
	each("sluice_rollout_phase", func(labels map[string]string, value float64) {
		if value == 1 {
			g.Phase = labels["phase"]
		}
	})
	gate := func(set func(gate *Gate, labels map[string]string, value float64)) func(map[string]string, float64) {
		return func(labels map[string]string, value float64) {
			gate := g.Gates[labels["gate"]]
			set(&gate, labels, value)
			g.Gates[labels["gate"]] = gate
		}
	}
	each("sluice_gate_threshold", gate(func(g *Gate, _ map[string]string, v float64) { g.Threshold = v }))
	each("sluice_gate_value", gate(func(g *Gate, labels map[string]string, v float64) {
		if labels["version"] == "canary" {
			g.Canary = v
		} else {
			g.Stable = v
		}
	}))
	each("sluice_gate_evidence_log10", gate(func(g *Gate, labels map[string]string, v float64) { g.side(labels["for"]).Log10E = v }))
	each("sluice_gate_evidence_limit_log10", gate(func(g *Gate, labels map[string]string, v float64) { g.side(labels["for"]).Log10Limit = v }))
	return g, nil
}

func (g *Gate) side(name string) *Evidence {
	if name == "abort" {
		return &g.Abort
	}
	return &g.Promote
}

func labelsOf(m *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, l := range m.GetLabel() {
		labels[l.GetName()] = l.GetValue()
	}
	return labels
}
