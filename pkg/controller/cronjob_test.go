package controller

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cronJobWith is a CronJob with a jobTemplate, as YAML.
func cronJobWith(t *testing.T, jobTemplate string) *cronJob {
	t.Helper()
	cj, err := asCronJob(parsed(t, `
apiVersion: batch/v1
kind: CronJob
metadata: {namespace: ns, name: migrate, uid: c}
spec: {suspend: true, schedule: "0 0 1 1 *", jobTemplate: `+jobTemplate+`}
`))
	require.NoError(t, err)
	return cj
}

func TestCronJobAsATemplate(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		template string
		deadline time.Duration
		problem  string
	}{
		"a plain one":                     {`{spec: {template: {spec: {}}}}`, 0, ""},
		"a deadline":                      {`{spec: {activeDeadlineSeconds: 90, template: {spec: {}}}}`, 90 * time.Second, ""},
		"a deadline beyond all":           {`{spec: {activeDeadlineSeconds: 9223372036854775807, template: {spec: {}}}}`, 9223372036 * time.Second, ""},
		"a selector":                      {`{spec: {selector: {matchLabels: {app: shop}}, template: {spec: {}}}}`, 0, "selector"},
		"a selector of the user's own":    {`{spec: {manualSelector: true, template: {spec: {}}}}`, 0, "manualSelector"},
		"labels that can't be read":       {`{spec: {template: {metadata: {labels: [app]}}}}`, 0, "labels"},
		"nothing that can be read at all": {`text`, 0, "no spec.jobTemplate"},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			cj := cronJobWith(t, c.template)
			assert.Equal(t, c.deadline, cj.deadline)
			if c.problem == "" {
				assert.Empty(t, cj.problem)
			} else {
				assert.Contains(t, cj.problem, c.problem)
			}
		})
	}
	going := piece(t, `
metadata: {namespace: ns, name: migrate, deletionTimestamp: "2026-01-01T00:00:00Z"}
spec: {jobTemplate: {spec: {}}}
`)
	cj, err := asCronJob(going)
	require.NoError(t, err)
	assert.Equal(t, "it is being deleted", cj.problem)
}
