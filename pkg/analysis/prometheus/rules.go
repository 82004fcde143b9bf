package prometheus

import (
	"context"
	"fmt"
	"math"
	"time"

	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

// Rules are the alert and recording rules that Prometheus has loaded, whoever they are about.
func (s *Source) Rules(ctx context.Context) (rules.Set, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.QueryTimeout)
	defer cancel()
	answer, err := s.api.Rules(ctx, nil)
	if err != nil {
		return rules.Set{}, fmt.Errorf("rules of Prometheus: %w", err)
	}
	var set rules.Set
	for _, group := range answer.Groups {
		for _, rule := range group.Rules {
			switch r := rule.(type) {
			case apiv1.AlertingRule:
				set.Alerts = append(set.Alerts, rules.Rule{
					Name: r.Name, Expr: r.Query, For: seconds(r.Duration), Labels: plain(r.Labels), Annotations: plain(r.Annotations),
					Group: group.Name, Source: "Prometheus, " + group.File,
				})
			case apiv1.RecordingRule:
				set.Recordings = append(set.Recordings, rules.Recording{Record: r.Name, Expr: r.Query, Labels: plain(r.Labels)})
			}
		}
	}
	return set, nil
}

// seconds is a duration as Prometheus's API writes it. More than a duration holds is as long as it can be.
func seconds(s float64) time.Duration {
	switch {
	case !(s > 0):
		return 0
	case s >= math.MaxInt64/float64(time.Second):
		return math.MaxInt64
	}
	return time.Duration(s * float64(time.Second))
}

func plain(labels model.LabelSet) map[string]string {
	out := make(map[string]string, len(labels))
	for name, value := range labels {
		out[string(name)] = string(value)
	}
	return out
}
