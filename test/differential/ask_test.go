package differential

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
)

// ask is the value of an expression that has one.
func ask(t *testing.T, address string, at time.Time, expr string) float64 {
	t.Helper()
	client, err := api.NewClient(api.Config{Address: address})
	require.NoError(t, err)
	value, warnings, _, err := apiv1.NewAPI(client).Query(t.Context(), expr, at)
	require.NoError(t, err, expr)
	require.Empty(t, warnings)
	vector, ok := value.(model.Vector)
	require.True(t, ok, expr)
	require.Len(t, vector, 1, expr)
	return float64(vector[0].Value)
}
