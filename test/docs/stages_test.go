package docs

import (
	"strings"

	"github.com/stretchr/testify/require"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// atRest is the stage of a page that names none.
const (
	atRest         = "at rest"
	controllerGone = "controller gone"
)

// stages are the worlds that a page may ask for.
func stages() map[string]func(*world) {
	return map[string]func(*world){
		// Nothing but Kubernetes and Sluice.
		"empty": func(*world) {},
		// shop runs v1, without a strategy; no controller.
		"unmanaged": (*world).deploy,
		// shop runs v1 and is Sluice's.
		atRest: func(w *world) { w.deploy(); w.hand() },
		// v2 waits for approval at 10 %.
		"waiting": (*world).wait,
		// The same, paused by command.
		"paused": func(w *world) {
			w.wait()
			w.runs("kubectl sluice pause shop")
			w.says(spec.ReasonPaused)
		},
		// v2 was aborted.
		"aborted": func(w *world) {
			w.wait()
			w.runs("kubectl sluice abort shop --wait")
			w.says(spec.ReasonCommand)
		},
		// v2 is held at 50 %: its gates want requests, and there are none.
		"held": func(w *world) {
			w.deploy()
			w.app.Annotations = map[string]string{spec.AnnotationSteps: "50@1s"}
			w.hand()
			w.push("v2")
			w.at("50 %")
		},
		// Sluice doesn't take shop: an annotation doesn't parse.
		"blocked": func(w *world) {
			w.deploy()
			w.app.Annotations = map[string]string{spec.AnnotationStrategy: "canary", spec.AnnotationSteps: "ten"}
			w.start()
			require.NoError(w, w.app.Apply(w.ctx, plane))
			w.says(spec.ReasonInvalidAnnotation)
		},
		// v2's run was ended because somebody kept changing the weights back.
		"contested": (*world).contest,
		// Argo Rollouts and Flagger have shop, and users call it.
		"argo rollouts": (*world).argoRollouts,
		"flagger":       (*world).flagger,
		// v2 waits for approval at 10 %, and no controller runs.
		controllerGone: func(w *world) {
			w.wait()
			require.NoError(w, w.controller.Kill())
		},
	}
}

// deploy rolls v1 out.
func (w *world) deploy() {
	w.Helper()
	_, err := w.app.Deploy(w.ctx, plane)
	require.NoError(w, err)
}

// hand gives shop to Sluice.
func (w *world) hand() {
	w.Helper()
	w.start()
	if w.app.Annotations == nil {
		w.app.Annotations = map[string]string{}
	}
	w.app.Annotations[spec.AnnotationStrategy] = "canary"
	require.NoError(w, w.app.Apply(w.ctx, plane))
	w.says(spec.ReasonPromoted)
}

// wait brings v2 to 10 %, where it waits for approval.
func (w *world) wait() {
	w.Helper()
	w.deploy()
	w.app.Annotations = map[string]string{
		spec.AnnotationSteps: "10@pause,50@pause", spec.AnnotationMaxErrorRate: "off", spec.AnnotationMaxLatency: "off",
	}
	w.hand()
	w.push("v2")
	w.says(spec.ReasonApproval)
}

// contest puts the user's VirtualService back, whenever Sluice has written its weights.
func (w *world) contest() {
	w.Helper()
	w.wait()
	for range 3 {
		_, err := cluster.WaitFor(w.ctx, plane, w.namespace, "shop", func(vs *istiov1.VirtualService) bool {
			return len(vs.Spec.GetHttp()[0].GetRoute()) == 2
		})
		require.NoError(w, err)
		_, err = plane.KubectlAs(w.ctx, cluster.Developer, "", "--namespace", w.namespace, "patch", "virtualservice", "shop", "--type=merge",
			"--patch", `{"spec":{"http":[{"route":[{"destination":{"host":"shop"}}]}]}}`)
		require.NoError(w, err)
	}
	w.says(spec.ReasonContested)
}

// push applies another version.
func (w *world) push(version string) {
	w.Helper()
	w.app.Image = "registry.example/shop:" + version
	require.NoError(w, w.app.Apply(w.ctx, plane))
}

// start runs the controller of this world, with more flags if need be.
func (w *world) start(flags ...string) {
	w.Helper()
	var err error
	w.controller, err = plane.StartController(w.ctx, cluster.ControllerOptions{
		Binary: programs.path("controller"), Name: "controller-" + w.namespace, Web: true,
		Args: append([]string{
			"--namespaces=" + w.namespace, "--prometheus-address=" + plane.PrometheusURL(), "--settle=200ms", "--drain=200ms",
			"--interval=1s", "--scrape-interval=1s", "--leader-elect=false", "--brake=admission", "--log-format=console",
		}, flags...),
	})
	require.NoError(w, err)
	w.Cleanup(func() {
		if w.Failed() {
			logs, _ := w.controller.Logs() // what there is
			w.Logf("controller of %s:\n%s", w.namespace, logs)
		}
		select {
		case <-w.controller.Done():
		default:
			require.NoError(w, w.controller.Stop())
		}
	})
}

// says waits until the condition has a reason.
func (w *world) says(reason spec.Reason) {
	w.Helper()
	w.await(func(c appsv1.DeploymentCondition) bool { return c.Reason == string(reason) })
}

// at waits until the condition says that the canary has a weight.
func (w *world) at(weight string) {
	w.Helper()
	w.await(func(c appsv1.DeploymentCondition) bool { return strings.Contains(c.Message, "at "+weight) })
}

func (w *world) await(is func(appsv1.DeploymentCondition) bool) {
	w.Helper()
	w.awaitDeployment(func(_ *appsv1.Deployment, c appsv1.DeploymentCondition) bool { return is(c) })
}

// awaitDeployment waits until it holds for shop and its condition.
func (w *world) awaitDeployment(is func(*appsv1.Deployment, appsv1.DeploymentCondition) bool) {
	w.Helper()
	_, err := cluster.WaitFor(w.ctx, plane, w.namespace, "shop", func(d *appsv1.Deployment) bool {
		for _, c := range d.Status.Conditions {
			if c.Type == spec.ConditionPromoted {
				return is(d, c)
			}
		}
		return false
	})
	require.NoError(w, err)
}
