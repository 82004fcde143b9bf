package traffic_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

func BenchmarkSplit(b *testing.B) {
	var list []any
	for range 100 {
		list = append(list, object(b, `
name: api
match: [{uri: {prefix: /api}, headers: {x-user: {exact: a}}}]
retries: {attempts: 3, perTryTimeout: 2s, retryOn: 5xx}
route:
- {destination: {host: shop, port: {number: 8080}}, weight: 80}
- {destination: {host: legacy}, weight: 20}`))
	}
	vs := map[string]any{"metadata": map[string]any{"namespace": "ns"}, "spec": map[string]any{"hosts": []any{"shop"}, "http": list}}
	split, err := traffic.Split(vs, shop, traffic.Share{Weight: 10})
	require.NoError(b, err)
	for name, in := range map[string]map[string]any{"first": vs, "again": split} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := traffic.Split(in, shop, traffic.Share{Weight: 50}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
