package explain_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/spec"
)

var update = flag.Bool("update", false, "write docs/events.md")

const page = "../../../docs/events.md"

func TestThePageOfEventsIsWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	want := markdown(t)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o600))
	}
	have, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, want, string(have), "go test ./pkg/cli/explain -update writes it anew")
}

// markdown is docs/events.md: spec.Events with the sentences of this package, and the reasons that only the condition has.
func markdown(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(preface)
	told := map[spec.Reason]bool{}
	for _, e := range spec.Events() {
		level := "Normal"
		if e.Warning {
			level = "Warning"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.Reason, level, e.When)
		told[e.Reason] = true
	}
	b.WriteString("\n## What each reason means\n\nThese words are those of `kubectl sluice explain`.\n")
	for _, reason := range spec.Reasons() {
		words, ok := explain.Reason(reason)
		require.True(t, ok, reason)
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", reason, words.Why)
		fmt.Fprintf(&b, "\nWhat changes it: %s\n", words.Change)
		if !told[reason] {
			b.WriteString("\n(No event: the condition says it.)\n")
		}
	}
	return b.String()
}

const preface = `# Events and conditions

This page is made from the code; a test compares the two.

The condition ` + "`sluice.dev/Promoted`" + ` of the Deployment says where its roll-out is; events on the Deployment say what has just happened. A
reason is the same word in the condition, in events, in the record, in the log, in the label ` + "`reason`" + ` of [metrics](metrics.md) and in
[notifications](notifications.md). Messages carry the numbers: which canary, at which weight, in which step, what was measured against what.

| condition ` + "`sluice.dev/Promoted`" + ` | meaning |
|---|---|
| True | at rest: the version that the Deployment asks for serves all users |
| Unknown | a run goes on, or ends because a newer one is wanted |
| False | the run was aborted, or no run can start: the message says why |

- ` + "`kubectl wait --for=condition=sluice.dev/Promoted deployment/shop`" + ` waits for it, ` + "`kubectl rollout status`" + ` fails after an abort.
- The condition is the truth; events are told once and may be lost with the controller. When only the numbers in its message change it is
  written at most once a minute.
- ` + "`kubectl get events --field-selector reason=GateFailed -A`" + ` lists what gates have stopped, as long as the cluster keeps events (an hour by
  default).

## Events

| reason | type | what has just happened |
|---|---|---|
`
