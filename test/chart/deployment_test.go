package chart

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"

	"github.com/sluice-dev/sluice/test/chart/generated"
)

func TestTheControllerIsReplacedWithoutAGap(t *testing.T) {
	t.Parallel()
	all := objects(t, "")
	d := deployment(t, "")
	assert.EqualValues(t, 2, *d.Spec.Replicas)
	assert.Equal(t, "RollingUpdate", string(d.Spec.Strategy.Type))
	assert.Equal(t, "25%", d.Spec.Strategy.RollingUpdate.MaxSurge.String())
	assert.Equal(t, "0", d.Spec.Strategy.RollingUpdate.MaxUnavailable.String())
	for _, arg := range container(t, "").Args {
		assert.NotContains(t, arg, "--leader-elect", "it is on, always")
	}

	budget := as[policyv1.PodDisruptionBudget](t, all, "PodDisruptionBudget sluice-controller")
	assert.Equal(t, "1", budget.Spec.MaxUnavailable.String())
	assert.Equal(t, d.Spec.Selector, budget.Spec.Selector)
	assert.Subset(t, d.Spec.Template.Labels, d.Spec.Selector.MatchLabels)
	service := as[corev1.Service](t, all, "Service sluice-controller")
	assert.Equal(t, d.Spec.Selector.MatchLabels, service.Spec.Selector)

	spread := d.Spec.Template.Spec.TopologySpreadConstraints
	require.Len(t, spread, 2)
	for _, s := range spread {
		assert.Equal(t, d.Spec.Selector, s.LabelSelector)
	}
	assert.Equal(t, "kubernetes.io/hostname", spread[0].TopologyKey)
	assert.Equal(t, corev1.DoNotSchedule, deployment(t, read(t, filepath.Join(root, "charts/sluice/values/production.yaml"))).
		Spec.Template.Spec.TopologySpreadConstraints[0].WhenUnsatisfiable)
	own := `topologySpreadConstraints: [{maxSkew: 1, topologyKey: rack, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}}]`
	assert.Equal(t, map[string]string{"a": "b"}, deployment(t, own).Spec.Template.Spec.TopologySpreadConstraints[0].LabelSelector.MatchLabels)
	assert.Equal(t, "high", deployment(t, `priorityClassName: high`).Spec.Template.Spec.PriorityClassName)
}

func TestTheControllerIsProbed(t *testing.T) {
	t.Parallel()
	c := container(t, `metrics: {port: 9999}`)
	assert.Equal(t, "/startupz", c.StartupProbe.HTTPGet.Path)
	assert.Equal(t, "/livez", c.LivenessProbe.HTTPGet.Path)
	assert.Equal(t, "/readyz", c.ReadinessProbe.HTTPGet.Path)
	for _, p := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		assert.Equal(t, "http", p.HTTPGet.Port.String())
	}
	require.Len(t, c.Ports, 1)
	assert.Equal(t, corev1.ContainerPort{Name: "http", ContainerPort: 9999, Protocol: "TCP"}, c.Ports[0])
	assert.Contains(t, c.Args, "--listen-address=:9999")
	assert.EqualValues(t, 300, c.StartupProbe.PeriodSeconds*c.StartupProbe.FailureThreshold, "the comment says five minutes")
}

func TestNoPodMayMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	for _, v := range variants(t) {
		for id, spec := range pods(t, objects(t, v.values)) {
			says := v.name + ": " + id
			context := spec.SecurityContext
			assert.True(t, *context.RunAsNonRoot, says)
			assert.EqualValues(t, 1001, *context.RunAsUser, says)
			assert.EqualValues(t, 1001, *context.RunAsGroup, says)
			assert.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, context.SeccompProfile.Type, says)
			assert.False(t, spec.HostNetwork || spec.HostPID || spec.HostIPC, says)
			assert.False(t, *spec.EnableServiceLinks, says)
			require.Len(t, spec.Containers, 1, says)
			c := spec.Containers[0]
			assert.False(t, *c.SecurityContext.AllowPrivilegeEscalation, says)
			assert.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, says)
			assert.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, says)
			assert.Empty(t, c.SecurityContext.Capabilities.Add, says)
			assert.NotEmpty(t, c.Resources.Requests.Cpu().String(), says)
			assert.NotEmpty(t, c.Resources.Limits.Memory().String(), says)
			assert.True(t, c.Resources.Limits.Cpu().IsZero(), "%s: a throttled leader loses its Lease", says)
			assert.Empty(t, c.Command, "%s: the image's own program", says)
			assert.Equal(t, strings.HasPrefix(id, "Pod "), !*spec.AutomountServiceAccountToken, "%s: the test needs no token", says)
		}
	}
}

func TestGoKnowsTheMemoryLimit(t *testing.T) {
	t.Parallel()
	env := container(t, "").Env
	require.Len(t, env, 1)
	assert.Equal(t, "GOMEMLIMIT", env[0].Name)
	assert.Equal(t, "limits.memory", env[0].ValueFrom.ResourceFieldRef.Resource)
	assert.Equal(t, "controller", env[0].ValueFrom.ResourceFieldRef.ContainerName)
	assert.Empty(t, container(t, `resources: {limits: {memory: null}}`).Env, "no limit: it would be the node's memory")
}

func TestSecretsAreFilesAndNothingElse(t *testing.T) {
	t.Parallel()
	values := read(t, filepath.Join("testdata", "everything.yaml"))
	all := objects(t, values)
	spec := deployment(t, values).Spec.Template.Spec
	mounts := map[string]string{}
	for _, m := range spec.Containers[0].VolumeMounts {
		assert.True(t, m.ReadOnly, m.Name)
		mounts[m.Name] = m.MountPath
	}
	files := map[string]string{}
	for _, v := range spec.Volumes {
		if v.Secret == nil {
			continue
		}
		assert.EqualValues(t, 0o440, *v.Secret.DefaultMode, v.Name)
		for _, item := range v.Secret.Items {
			files[mounts[v.Name]+"/"+item.Path] = v.Secret.SecretName + "/" + item.Key
		}
	}
	found := map[string]string{}
	for _, arg := range spec.Containers[0].Args {
		if flag, path, is := strings.Cut(arg, "-file="); is {
			found[flag] = files[path]
		}
	}
	assert.Equal(t, map[string]string{
		"--prometheus-bearer-token": "sluice-prometheus/token", "--prometheus-ca": "prometheus-ca/ca.crt",
		"--metrics-token": "sluice-metrics/token", "--web-token": "sluice-web/token",
		"--webhook-url": "sluice-webhook/url", "--webhook-secret": "sluice-webhook/secret", "--webhook-ca": "sluice-webhook/ca.crt",
	}, found)
	assert.Len(t, files, len(found), "every file has a flag")
	for id, pod := range pods(t, all) {
		for _, e := range pod.Containers[0].Env {
			assert.True(t, e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil, id)
		}
		assert.Empty(t, pod.Containers[0].EnvFrom, id)
	}
	for id := range all {
		assert.False(t, strings.HasPrefix(id, "Secret "), "%s: the chart is given no secret, so it has none to write", id)
	}
}

func TestTheImage(t *testing.T) {
	t.Parallel()
	version, err := generated.AppVersion(root)
	require.NoError(t, err)
	digest := "sha256:" + strings.Repeat("0123456789abcdef", 4)
	for says, c := range map[string]struct{ values, want string }{
		"the chart's own":          {"", "ghcr.io/sluice-dev/sluice:" + version},
		"another tag":              {`image: {tag: v9}`, "ghcr.io/sluice-dev/sluice:v9"},
		"another place":            {`image: {registry: "r.example:5000", repository: a/b}`, "r.example:5000/a/b:" + version},
		"a digest wins over a tag": {fmt.Sprintf("image: {tag: v9, digest: %q}", digest), "ghcr.io/sluice-dev/sluice@" + digest},
	} {
		for id, spec := range pods(t, objects(t, c.values)) {
			assert.Equal(t, c.want, spec.Containers[0].Image, "%s: %s", says, id)
		}
	}
	chart := read(t, filepath.Join(root, "charts", "sluice", "Chart.yaml"))
	assert.Contains(t, chart, "image: ghcr.io/sluice-dev/sluice:"+version+"\n")
	assert.Contains(t, chart, "\nversion: "+strings.TrimPrefix(version, "v")+"\n")
	assert.Equal(t, read(t, filepath.Join(root, "LICENSE")), read(t, filepath.Join(root, "charts", "sluice", "LICENSE")))
}

func TestNamesFollowTheRelease(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 50)
	all := objects(t, `fullnameOverride: `+long)
	assert.Contains(t, all, "Deployment "+long+"-controller")
	assert.Contains(t, all, "MutatingAdmissionPolicy "+long+"-brake")
	args := as[corev1.Pod](t, all, "Pod "+long+"-test").Spec.Containers[0].Args
	assert.Contains(t, args, "--url=http://"+long+"-controller.sluice-system.svc:8080/readyz")

	// Labels say what an object is of; nothing selects by what may change.
	d := deployment(t, `{nameOverride: gate, fullnameOverride: sluice, commonLabels: {team: x}}`)
	assert.Equal(t, map[string]string{
		"app.kubernetes.io/name": "gate", "app.kubernetes.io/instance": "sluice", "app.kubernetes.io/component": "controller",
	}, d.Spec.Selector.MatchLabels)
	assert.NotContains(t, d.Spec.Template.Labels, "helm.sh/chart", "a new chart alone replaces no pod")
}

func TestWhatUsersAddComesLast(t *testing.T) {
	t.Parallel()
	c := container(t, `{extraArgs: [--workers=1], extraEnv: [{name: A, value: b}]}`)
	assert.Equal(t, "--workers=1", c.Args[len(c.Args)-1])
	assert.Equal(t, "A", c.Env[len(c.Env)-1].Name)
}
