package plugin

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/cli"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// annotation is the command that stands on the Deployment.
func (s *stage) annotation() string {
	s.Helper()
	d, err := plane.Client().AppsV1().Deployments(s.namespace).Get(s.ctx, s.app.Name, metav1.GetOptions{})
	require.NoError(s, err)
	return d.Annotations[spec.AnnotationCommand]
}

// annotate writes a command for the present canary as one does without the plugin.
func (s *stage) annotate(verb string) {
	s.Helper()
	var item struct {
		Canary struct {
			Hash string `json:"hash"`
		} `json:"canary"`
	}
	require.NoError(s, json.Unmarshal([]byte(s.good(s.sluice("get", "shop", "-o", "json"))), &item))
	_, err := plane.KubectlAs(s.ctx, cluster.Developer, "", "-n", s.namespace, "annotate", "deployment", "shop", spec.AnnotationCommand+"="+verb+" "+item.Canary.Hash)
	require.NoError(s, err)
}

func TestARunIsWatchedApprovedTwiceAndPromoted(t *testing.T) {
	t.Parallel()
	s := newStage(t, "10@pause,20@pause,50@pause,100@0s")
	assert.Regexp(t, `shop +AtRest +- +- +- +\S+ +Promoted`, s.good(s.sluice("get")))
	assert.Contains(t, s.good(s.sluice("status", "deployment/shop", "--wait")), "AtRest")
	s.bad(s.sluice("approve", "shop"), "nothing to approve: no run goes on (AtRest, Promoted)")
	assert.Contains(t, s.good(s.sluice("__complete", "status", "deployment/s")), "deployment/shop\n")

	screen, lines := s.watch(true), s.watch(false)
	s.push("v2")
	// Right behind the push: the rest of before must not be taken for the end.
	var waiting sync.WaitGroup
	var waited result
	waiting.Go(func() { waited = s.sluice("status", "shop", "--wait", "--timeout", "90s") })
	s.says("Unknown", spec.ReasonApproval)
	screen.shows("next    kubectl sluice -n " + s.namespace + " approve shop")
	lines.shows("Held  step 1/4, 10 % canary, pods 1/1  WaitingForApproval")
	// By hand; it stays there, and must not keep the same command from being given once more.
	s.annotate("approve")
	s.at("20 %")
	for _, step := range []string{"2", "3"} {
		s.says("Unknown", spec.ReasonApproval)
		assert.Contains(t, s.good(s.sluice("explain", "shop")), "kubectl sluice -n "+s.namespace+" approve shop")
		out := s.good(s.sluice("approve", "shop", "--wait", "--timeout", "30s"))
		assert.Contains(t, out, "deployment/shop approved: run 1, canary shop-")
		assert.Contains(t, out, "run 1 is past step "+step)
		assert.Empty(t, s.annotation(), "a command that was carried out is taken away")
	}
	waiting.Wait()
	assert.Contains(t, s.good(waited), "AtRest")
	assert.Contains(t, waited.errs, "run 1: promoted")

	lines.shows("run 1: promoted")
	drawn := screen.end()
	assert.True(t, strings.HasSuffix(drawn, "\x1b[?1049l"), "the terminal is as it was")
	assert.NotContains(t, lines.end(), "\x1b")

	assert.Regexp(t, `1 +promoted +\S+ ago +\S+ +10 → 20 → 50 → 100`, s.good(s.sluice("history", "shop")))
	assert.Contains(t, s.good(s.sluice("history", "shop", "--run", "1")), "Promoted")
	s.bad(s.sluice("history", "shop", "--run", "2"), "no run 2")
	s.bad(s.sluice("abort", "shop"), "nothing to abort")
}

func TestARunIsAbortedAndRetriedTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t, "10@pause,100@0s")
	s.push("v2")
	for range 2 {
		s.says("Unknown", spec.ReasonApproval)
		assert.Contains(t, s.good(s.sluice("abort", "shop", "--wait", "--timeout", "30s")), "aborted (AbortedByCommand")
		s.bad(s.sluice("status", "shop", "--wait"), "was aborted (AbortedByCommand")
		s.bad(s.sluice("promote", "shop"), "nothing to promote: run")
		s.bad(s.sluice("restart", "shop"), "retry does that")
		assert.Contains(t, s.good(s.sluice("retry", "shop", "--wait", "--timeout", "30s")), "has begun")
	}
	s.says("Unknown", spec.ReasonApproval)
	s.bad(s.sluice("retry", "shop"), "run 3 is not aborted")
	assert.Contains(t, s.good(s.sluice("promote", "shop", "--wait", "--timeout", "30s")), "run 3 of shop-")
	assert.Empty(t, s.annotation())

	var list struct {
		Items []struct {
			Result string `json:"result"`
		} `json:"items"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.good(s.sluice("history", "shop", "-o", "json"))), &list))
	var results []string
	for _, item := range list.Items {
		results = append(results, item.Result)
	}
	assert.Equal(t, []string{"promoted", "aborted", "aborted"}, results)
}

func TestARestartIsPausedAndResumed(t *testing.T) {
	t.Parallel()
	s := newStage(t, "50@pause,100@0s")
	assert.Contains(t, s.good(s.sluice("restart", "shop")), "judged like any other")
	s.says("Unknown", spec.ReasonApproval)
	s.bad(s.sluice("restart", "shop"), "a run goes on")
	assert.Contains(t, s.good(s.sluice("pause", "shop", "--wait")), "run 1 is paused")
	s.says("Unknown", spec.ReasonPaused)
	s.bad(s.sluice("pause", "shop"), "paused already")
	s.bad(s.sluice("status", "shop", "--wait", "--timeout", "1s"), "not within 1s; it is Held")
	assert.Contains(t, s.good(s.sluice("explain", "shop")), "It was paused by command.")
	assert.Contains(t, s.good(s.sluice("resume", "shop", "--wait")), "run 1 goes on")
	s.bad(s.sluice("resume", "shop"), "nothing to resume")
	s.good(s.sluice("promote", "shop", "--wait", "--timeout", "30s"))

	var item struct {
		Phase  string `json:"phase"`
		Stable struct {
			Ready int `json:"ready"`
		} `json:"stable"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.good(s.sluice("get", "shop", "-o", "json"))), &item))
	assert.Equal(t, "AtRest", item.Phase)
	assert.Equal(t, 2, item.Stable.Ready)
	assert.Contains(t, s.good(s.as(cluster.Admin, "get", "-A", "-o", "yaml")), "namespace: "+s.namespace)
}

// TestTheBuiltInRolesSuffice: view to look, edit to act.
func TestTheBuiltInRolesSuffice(t *testing.T) {
	t.Parallel()
	s := newStage(t, "50@pause,100@0s")
	for _, role := range []string{"view", "edit"} {
		_, err := plane.KubectlAs(s.ctx, cluster.Admin, "", "-n", s.namespace, "create", "rolebinding", role, "--clusterrole="+role, "--user="+role+"er")
		require.NoError(t, err)
	}
	s.push("v2")
	s.says("Unknown", spec.ReasonApproval)
	as := func(user string, args ...string) result {
		return s.as(cluster.Admin, append([]string{"--as", user}, args...)...)
	}
	for _, look := range [][]string{{"get"}, {"get", "shop"}, {"status", "shop"}, {"history", "shop"}, {"explain", "shop"}} {
		s.good(as("viewer", look...))
	}
	s.bad(as("viewer", "status", "shop", "--wait", "--timeout", "1s"), "not within 1s")
	s.bad(as("viewer", "abort", "shop"), "forbidden")
	s.bad(as("nobody", "status", "shop"), "forbidden")
	s.good(as("editer", "pause", "shop"))
	s.good(as("editer", "abort", "shop", "--wait", "--timeout", "30s"))
}

func TestACommandThatNobodyTakesUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, "50@pause,100@0s")
	s.push("v2")
	s.says("Unknown", spec.ReasonApproval)
	s.stopController()
	s.bad(s.sluice("approve", "shop"), "the controller has not taken it up: is it running?")
	assert.Contains(t, s.annotation(), "approve ", "it is carried out when a controller comes")
	require.NoError(t, s.controller.Restart(s.ctx))
	assert.Contains(t, s.good(s.sluice("status", "shop", "--wait", "--timeout", "60s")), "AtRest")
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newStage(t, "100")
	s.bad(s.sluice("status", "another"), `deployments.apps "another" not found`)
	s.bad(s.sluice("watch", "another"), "not found")
	s.bad(s.sluice("status", "another", "--wait"), "not found")
	assert.Contains(t, s.sluice("get", "-n", "default").errs, "No Deployment of namespace default")
	r := s.call(s.ctx, cli.Options{}, "--kubeconfig", plane.Kubeconfig(cluster.Developer), "--context", "another", "get")
	s.bad(r, `context "another" does not exist`)

	_, err := plane.KubectlAs(s.ctx, cluster.Developer, "", "-n", s.namespace, "annotate", "deployment", "shop", "--overwrite", spec.AnnotationSteps+"=50,10")
	require.NoError(t, err)
	s.says("False", spec.ReasonInvalidAnnotation)
	s.bad(s.sluice("status", "shop", "--wait", "--timeout", "30s"), "is blocked (InvalidAnnotation")
}
