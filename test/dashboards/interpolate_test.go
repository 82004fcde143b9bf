package dashboards

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// variable is how Grafana finds variables in queries: $name, ${name} and ${name:format}. A group of a regular expression, $1, is none.
var variable = regexp.MustCompile(`\$\{(\w+)(?::\w+)?\}|\$([A-Za-z_]\w*)`)

// interpolate puts values in place of variables, as Grafana does before it asks Prometheus.
func interpolate(text string, values map[string]string) (string, error) {
	var unknown []string
	out := variable.ReplaceAllStringFunc(text, func(found string) string {
		parts := variable.FindStringSubmatch(found)
		value, ok := values[parts[1]+parts[2]]
		if !ok {
			unknown = append(unknown, found)
		}
		return value
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("no such variable: %s", strings.Join(unknown, ", "))
	}
	return out, nil
}

func TestInterpolate(t *testing.T) {
	values := map[string]string{"namespace": "shop", "__rate_interval": "4s"}
	got, err := interpolate(`rate(x{namespace="$namespace",a="${namespace:regex}"}[$__rate_interval]) "$1"`, values)
	require.NoError(t, err)
	assert.Equal(t, `rate(x{namespace="shop",a="shop"}[4s]) "$1"`, got)
	_, err = interpolate("$namespaces", values)
	require.ErrorContains(t, err, "$namespaces")
}
