package observe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
)

// Counts are what Prometheus has of the pods of one ReplicaSet, since they were born.
type Counts struct {
	// ReplicaSet they are of.
	ReplicaSet string
	// Requests answered, those that Failed, and those that were Slow: over the bound of half a second.
	Requests, Failed, Slow float64
}

// bucket is the bound of a request that is not too slow, in seconds, as the histogram has it.
const bucket = "0.5"

// ask has Prometheus sum up.
func ask(ctx context.Context, prometheus, namespace, replicaSet string) (Counts, error) {
	c := Counts{ReplicaSet: replicaSet}
	pods := fmt.Sprintf(`namespace=%q,pod=~"%s-.+"`, namespace, replicaSet)
	for query, into := range map[string]*float64{
		`sum(http_requests_total{` + pods + `})`:               &c.Requests,
		`sum(http_requests_total{` + pods + `,status=~"5.."})`: &c.Failed,
		`sum(http_request_duration_seconds_count{` + pods + `}) - sum(http_request_duration_seconds_bucket{` + pods + `,le="` + bucket + `"})`: &c.Slow,
	} {
		value, err := single(ctx, prometheus, query)
		if err != nil {
			return Counts{}, err
		}
		*into = value
	}
	return c, nil
}

// single is the value of a query for one number; 0 if it has none.
func single(ctx context.Context, prometheus, query string) (float64, error) {
	body, err := get(ctx, prometheus+"/api/v1/query?query="+url.QueryEscape(query))
	if err != nil {
		return 0, err
	}
	defer body.Close()
	var answer struct {
		Data struct {
			Result []struct {
				Value [2]any `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return 0, fmt.Errorf("query %s: %w", query, err)
	}
	if len(answer.Data.Result) == 0 {
		return 0, nil
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("query %s: %w", query, err)
	}
	return value, nil
}
