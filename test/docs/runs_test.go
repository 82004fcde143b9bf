package docs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// hurried are an example's annotations for a test: the same steps and gates, with seconds for minutes and bounds that little evidence
// decides.
func hurried(text string) string {
	return strings.NewReplacer("@5m", "@1s", "max-error-rate: 5%", "max-error-rate: 20%", "p99<500ms", "p80<500ms").Replace(text)
}

// newExample is a world with files of the repository applied, hurried, and with users.
func newExample(t *testing.T, files ...string) *world {
	t.Helper()
	w := newWorld(t, page{}, "empty")
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		require.NoError(t, err)
		w.runs("kubectl apply -f - <<'EOF'\n" + hurried(string(text)) + "\nEOF")
	}
	w.runs("kubectl rollout status deployment/shop --timeout=1m")
	w.start("--settle=1s", "--drain=1s")
	w.says(spec.ReasonPromoted)
	w.visit(120)
	return w
}

// release pushes another image, and what a test adds to the environment.
func (w *world) release(version, env string) {
	w.Helper()
	w.runs(`kubectl patch deployment shop -p '{"spec":{"template":{"spec":{"containers":[{"name":"shop","image":"registry.example/shop:` +
		version + `","env":[` + env + `]}]}}}}'`)
}

// promoted waits until a version is promoted, and approves it wherever it waits.
func (w *world) promoted(version string) {
	w.Helper()
	for waits := true; waits; {
		w.awaitDeployment(func(d *appsv1.Deployment, c appsv1.DeploymentCondition) bool {
			waits = c.Reason == string(spec.ReasonApproval)
			return waits || c.Reason == string(spec.ReasonPromoted) && cluster.RolledOut(d) &&
				d.Spec.Template.Spec.Containers[0].Image == "registry.example/shop:"+version
		})
		if waits {
			w.runs("kubectl sluice approve shop")
			w.awaitDeployment(func(_ *appsv1.Deployment, c appsv1.DeploymentCondition) bool {
				return c.Reason != string(spec.ReasonApproval)
			})
		}
	}
	assert.Zero(w, w.users.Snapshot().FailedByRollout, "%+v", w.users.Snapshot().Failures)
}

func TestConvertedExamplesAreTakenThroughARun(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"argo-rollouts", "flagger"} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			w := newExample(t, "examples/migrations/"+from+"/after.yaml")
			w.release("v2", "")
			w.promoted("v2")
		})
	}
}

// jobs are those of a hook, the oldest first.
func (w *world) jobs(hook string) []batchv1.Job {
	w.Helper()
	list, err := plane.Client().BatchV1().Jobs(w.namespace).List(w.ctx, metav1.ListOptions{})
	require.NoError(w, err)
	jobs := slices.DeleteFunc(list.Items, func(j batchv1.Job) bool { return !strings.HasPrefix(j.Name, "shop-"+hook+"-") })
	slices.SortFunc(jobs, func(a, b batchv1.Job) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	return jobs
}

// ran asserts how many Jobs of each hook there are, all of which succeeded.
func (w *world) ran(before, verify, after int) {
	w.Helper()
	for hook, n := range map[string]int{"before": before, "verify": verify, "after": after} {
		jobs := w.jobs(hook)
		assert.Len(w, jobs, n, hook)
		for _, j := range jobs {
			assert.EqualValues(w, 1, j.Status.Succeeded, j.Name)
		}
	}
}

// The example of docs/database-migrations.md: a release, one that is aborted in the middle, and its fix.
func TestMigrationsGoWithTheirReleases(t *testing.T) {
	t.Parallel()
	w := newExample(t, "examples/database/migrations.yaml", "examples/database/shop.yaml")
	w.runs("kubectl annotate deployment shop sluice.dev/max-error-rate=20% sluice.dev/max-latency=off")
	w.release("v2", "")
	w.promoted("v2")
	w.ran(1, 1, 1)
	assert.Contains(t, w.runs("kubectl get job "+w.jobs("after")[0].Name+" -o yaml"), "backfill")

	w.release("v3", `{"name":"ERROR_RATE","value":"0.6"}`)
	w.says(spec.ReasonGateFailed)
	w.says(spec.ReasonGateFailed)
	w.awaitDeployment(func(_ *appsv1.Deployment, c appsv1.DeploymentCondition) bool { return c.Status == "False" })
	// Expanded, checked, and not copied: the next attempt finds the schema as it is.
	w.ran(2, 2, 1)

	w.release("v4", `{"name":"ERROR_RATE","value":"0"}`)
	w.promoted("v4")
	w.ran(3, 3, 2)
	assert.Empty(t, w.runs("kubectl get jobs -o name | grep contract || true"), "nobody contracts but a person")
}

// A migration that fails is met by nobody.
func TestAMigrationThatFailsEndsTheRelease(t *testing.T) {
	t.Parallel()
	w := newExample(t, "examples/database/migrations.yaml", "examples/database/shop.yaml")
	w.runs(`kubectl patch cronjob shop-expand --type=json -p ` +
		`'[{"op":"add","path":"/spec/jobTemplate/spec/template/spec/containers/0/env","value":[{"name":"EXIT_CODE","value":"1"}]}]'`)
	w.release("v2", "")
	w.says(spec.ReasonHookFailed)
	assert.NotContains(t, w.runs("kubectl get pods -o yaml"), "registry.example/shop:v2")
	assert.Zero(t, w.users.Snapshot().FailedByRollout)
}
