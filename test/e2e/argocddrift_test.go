package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// drift is what Argo CD calls out of sync, by kind, sorted.
func (j *judge) drift(app map[string]any, change func(deployment map[string]any)) []string {
	j.Helper()
	targets := j.manifests()
	if change != nil {
		change(targets[2])
	}
	var kinds []string
	for _, d := range j.tell(question{Do: "compare", Application: app, Targets: targets}).Differences {
		kinds = append(kinds, d.Kind)
	}
	slices.Sort(kinds)
	return kinds
}

// ignoring is an Application that ignores nothing but these.
func ignoring(t *testing.T, app map[string]any, ignored ...any) map[string]any {
	t.Helper()
	other := (&unstructured.Unstructured{Object: app}).DeepCopy().Object
	require.NoError(t, unstructured.SetNestedSlice(other, ignored, "spec", "ignoreDifferences"))
	return other
}

// What is expected here is the table of docs/gitops.md.
func TestScenario40_ArgoCDSeesNoDriftButWhatIsDocumented(t *testing.T) {
	t.Parallel()
	for _, mode := range argoModes() {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: mode.brake, virtualService: handwritten, app: cluster.App{
				Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@pause,100@0s"}),
			}})
			a := managedByArgo(s, mode.options...)
			a.commit()
			s.await(metav1.ConditionTrue)
			a.settled()
			d := &drifts{judge: a.judge, ways: map[string]map[string]any{"as it applies": a.manifest, "server-side": askedOfTheServer(a.manifest)}}
			d.are("at rest", nil)
			d.withoutIgnoring("at rest", nil, nil)
			d.inGit("at rest", "paused", true, drifted(mode.brake == strategy.BrakeAdmission, "Deployment"))
			d.inGit("at rest", "paused", false, nil)
			d.inGit("at rest", "replicas", int64(5), []string{"Deployment"})

			a.release("v2", nil)
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			a.settled()
			a.rest() // from here on it only compares
			d.are("in a run", nil)
			d.withoutIgnoring("in a run", append(drifted(mode.options != nil, "Service"), "VirtualService"), []string{"Service", "VirtualService"})
			d.inGit("in a run", "paused", false, nil)

			s.command(spec.VerbAbort, s.canary("v2"))
			s.aborted(1)
			d.are("after an abort", nil)
			d.withoutIgnoring("after an abort", nil, nil)
			d.inGit("after an abort", "paused", false, nil)
		})
	}
}

// drifts asks of an Application compared in several ways.
type drifts struct {
	*judge
	ways map[string]map[string]any
}

// are asserts what is out of sync with the settings of examples/gitops.
func (d *drifts) are(moment string, want []string) {
	d.Helper()
	for way, app := range d.ways {
		assert.Equal(d, want, d.drift(app, nil), "%s, %s", moment, way)
	}
}

// withoutIgnoring asserts what is out of sync when nothing is ignored, compared as it applies and server-side.
func (d *drifts) withoutIgnoring(moment string, applied, server []string) {
	d.Helper()
	for way, want := range map[string][]string{"as it applies": applied, "server-side": server} {
		assert.Equal(d, want, d.drift(ignoring(d.T, d.ways[way]), nil), "%s, %s, nothing ignored", moment, way)
	}
}

// inGit asserts what is out of sync when the Deployment in Git has a field of its spec.
func (d *drifts) inGit(moment, field string, value any, want []string) {
	d.Helper()
	for way, app := range d.ways {
		got := d.drift(app, func(deployment map[string]any) {
			require.NoError(d, unstructured.SetNestedField(deployment, value, "spec", field))
		})
		assert.Equal(d, want, got, "%s, %s, %s %v in Git", moment, way, field, value)
	}
}

func drifted(yes bool, kind string) []string {
	if yes {
		return []string{kind}
	}
	return nil
}

// askedOfTheServer is an Application that is compared server-side, however it is applied.
func askedOfTheServer(app map[string]any) map[string]any {
	asked := (&unstructured.Unstructured{Object: app}).DeepCopy()
	asked.SetAnnotations(map[string]string{"argocd.argoproj.io/compare-options": "ServerSideDiff=true"})
	return asked.Object
}
