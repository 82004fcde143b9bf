package plugin

import (
	"encoding/json"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestABlueGreenRunIsWatchedApprovedAndPromoted(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, map[string]string{
		spec.AnnotationStrategy: "blue-green", spec.AnnotationApproval: "on", spec.AnnotationBake: "1h",
	})
	screen, lines := s.watch(true), s.watch(false)
	s.push("v2")
	var waiting sync.WaitGroup
	var waited result
	waiting.Go(func() { waited = s.sluice("status", "shop", "--wait", "--timeout", "90s") })

	s.says("Unknown", spec.ReasonApproval)
	screen.shows("▶ preview pause → swap → bake 1h")
	screen.shows("preview Service shop-preview")
	screen.shows("swaps all traffic to the new version at once")
	lines.shows("Held  preview, 0 % canary, pods 2/2  WaitingForApproval")
	assert.Regexp(t, `shop +Held +preview +0% +2/2 .* WaitingForApproval +blue-green`, s.good(s.sluice("get", "-o", "wide")))
	explained := s.good(s.sluice("explain", "shop"))
	assert.Contains(t, explained, "Service shop-preview leads to the new version: test it there.")
	assert.Contains(t, explained, "kubectl sluice -n "+s.namespace+" approve shop\n      swaps all traffic")

	out := s.good(s.sluice("approve", "shop", "--wait", "--timeout", "30s"))
	assert.Contains(t, out, "at 0 %, the preview")
	assert.Contains(t, out, "run 1 is past the preview")
	s.says("Unknown", spec.ReasonHolding)
	screen.shows("✓ preview pause → ✓ swap → ▶ bake 1h   at least 59m")
	s.bad(s.sluice("approve", "shop"), "does not wait for it (Shifting at the bake, 100 %, StepTime)")
	assert.Contains(t, s.good(s.sluice("explain", "shop")), "The bake lasts until")
	var item struct {
		Strategy, Stage, HoldsUntil string
		Weight                      int
	}
	require.NoError(t, json.Unmarshal([]byte(s.good(s.sluice("status", "shop", "-o", "json"))), &item))
	assert.Equal(t, "blue-green bake", item.Strategy+" "+item.Stage)
	assert.NotEmpty(t, item.HoldsUntil)

	assert.Contains(t, s.good(s.sluice("promote", "shop", "--wait", "--timeout", "30s")), "promoted")
	waiting.Wait()
	assert.Contains(t, s.good(waited), "AtRest")
	lines.shows("Shifting  bake, 100 % canary")
	lines.shows("run 1: promoted")
	screen.end()
	lines.end()
	assert.Regexp(t, `1 +promoted +\S+ ago +\S+ +0 → 100`, s.good(s.sluice("history", "shop")))
}

func TestAFailingHookIsExplained(t *testing.T) {
	t.Parallel()
	s := newStageWith(
		t, map[string]string{
			spec.AnnotationStrategy: "canary", spec.AnnotationSteps: "50@pause,100@0s",
			spec.AnnotationBefore: "cronjob/migrate", spec.AnnotationVerify: "cronjob/smoke", spec.AnnotationAfter: "cronjob/tidy",
		},
		cluster.Task{Name: "migrate"}, cluster.Task{Name: "smoke", Env: map[string]string{"EXIT_CODE": "3", "RUN_FOR": "4s"}}, cluster.Task{Name: "tidy"},
	)
	screen, lines := s.watch(true), s.watch(false)
	s.push("v2")
	var waiting sync.WaitGroup
	var waited result
	waiting.Go(func() { waited = s.sluice("status", "shop", "--wait", "--timeout", "90s") })

	screen.shows("▶ verify  running for ")
	running := s.good(s.sluice("explain", "shop"))
	job := regexp.MustCompile(`job/(shop-verify-\w+)`).FindStringSubmatch(running)
	require.NotNil(t, job, running)
	assert.Contains(t, running, "kubectl -n "+s.namespace+" logs --follow job/"+job[1])
	s.bad(s.sluice("approve", "shop"), "is on its way to step 1")
	assert.Contains(t, running, "but past no hook")

	waiting.Wait()
	s.bad(waited, "was aborted (HookFailed: verify: Job "+job[1]+" has failed")
	explained := s.good(s.sluice("explain", "shop"))
	assert.Contains(t, explained, "A Job of yours has failed.")
	assert.Contains(t, explained, "kubectl -n "+s.namespace+" logs job/"+job[1]+"\n")
	assert.Contains(t, explained, "its hooks are run anew")
	status := s.good(s.sluice("status", "shop"))
	assert.Regexp(t, `✓ before  succeeded in \S+  job/shop-before-`, status)
	assert.Regexp(t, `✗ verify  failed after \S+  job/`+job[1], status)
	assert.Contains(t, status, "  after   not run  cronjob/tidy")
	assert.Regexp(t, `hooks: before succeeded in \S+, verify failed after \S+, after\s+not run`, s.good(s.sluice("history", "shop")))
	lines.shows("hook before: job/shop-before-")
	lines.shows("hook verify: job/" + job[1] + " failed after ")
	screen.end()
	lines.end()

	// The test is mended; after the promotion there is a Job once more.
	require.NoError(t, cluster.Task{Namespace: s.namespace, Name: "smoke"}.Apply(s.ctx, plane))
	s.good(s.sluice("retry", "shop"))
	assert.Contains(t, s.good(s.sluice("promote", "shop", "--wait", "--timeout", "60s")), "run 2 of shop-")
	var list struct {
		Items []struct {
			Hooks []struct{ Hook, State string }
		} `json:"items"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.good(s.sluice("history", "shop", "--run", "2", "-o", "json"))), &list))
	assert.Equal(t, []struct{ Hook, State string }{{"before", "succeeded"}, {"verify", "succeeded"}, {"after", "succeeded"}}, list.Items[0].Hooks)
}

func TestTestersComeFirst(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, map[string]string{
		spec.AnnotationStrategy: "canary", spec.AnnotationSteps: "0@pause,50@pause,100@0s", spec.AnnotationCanaryHeader: "x-canary=always",
	})
	s.push("v2")
	s.says("Unknown", spec.ReasonApproval)
	status := s.good(s.sluice("status", "shop"))
	assert.Contains(t, status, "▶ 0 % pause · 50 % pause · 100 %")
	assert.Contains(t, status, "testers header x-canary: always")
	assert.Contains(t, status, "goes on to 50 % at once")
	assert.Contains(t, s.good(s.sluice("approve", "shop", "--wait", "--timeout", "30s")), "run 1 is past step 1")
	s.at("50 %")
	assert.Contains(t, s.good(s.sluice("explain", "shop")), "Requests with the header x-canary: always lead to the canary.")
	assert.Contains(t, s.good(s.sluice("abort", "shop", "--wait", "--timeout", "30s")), "aborted (AbortedByCommand")
}
