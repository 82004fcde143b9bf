package install

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// fleetSize and runsAtOnce are what the chart's requests and limits are measured with.
const (
	fleetSize  = 300
	runsAtOnce = 50
)

// BenchmarkResources says what the leader uses of memory and of a core, with the chart's own values: at rest, while many runs begin, and
// while they are judged. It is worth something only for the controller that is shipped, without the race detector:
//
//	SLUICE_CONTROLLER=.bin/controller go test ./test/install -run '^$' -bench Resources -benchtime 1x
func BenchmarkResources(b *testing.B) {
	for b.Loop() {
		f := newFleet(b)
		rest := f.use(30 * time.Second)
		for i := range runsAtOnce {
			f.push(i)
		}
		begin := f.use(30 * time.Second)
		for _, namespace := range f.namespaces {
			f.all(namespace, runsAtOnce/len(f.namespaces), metav1.ConditionUnknown)
		}
		judged := f.use(30 * time.Second)
		for name, u := range map[string]usage{"rest": rest, "begin": begin, "judged": judged} {
			b.ReportMetric(u.cores*1000, name+"-mCPU")
			b.ReportMetric(u.resident, name+"-MiB")
		}
		b.ReportMetric(judged.peak, "peak-MiB")
		b.ReportMetric(f.waiting(), "standby-MiB")
	}
}

// fleet is a release that has many Deployments.
type fleet struct {
	*release
	namespaces []string
	leader     string
}

func newFleet(b *testing.B) *fleet {
	b.Helper()
	r := newRelease(b, "", nil)
	f := &fleet{release: r}
	// What the chart says by itself, but for what nobody waits for here.
	r.values = map[string]any{
		"fullnameOverride": r.name, "prometheus": map[string]any{"address": plane.PrometheusURL()},
		"startupProbe": map[string]any{"periodSeconds": 1}, "readinessProbe": map[string]any{"periodSeconds": 1},
	}
	for range 10 {
		namespace, cleanup, err := plane.Namespace(r.ctx, "fleet")
		require.NoError(b, err)
		b.Cleanup(cleanup)
		f.namespaces = append(f.namespaces, namespace)
	}
	for i := range fleetSize {
		app := f.app(i)
		_, err := plane.Client().CoreV1().Services(app.Namespace).Create(r.ctx, app.Service(), metav1.CreateOptions{})
		require.NoError(b, err)
		_, err = plane.Client().AppsV1().Deployments(app.Namespace).Create(r.ctx, app.Deployment(), metav1.CreateOptions{})
		require.NoError(b, err)
	}
	r.install(chart)
	f.leader = r.awaitLeader()
	for _, namespace := range f.namespaces {
		f.all(namespace, fleetSize/len(f.namespaces), metav1.ConditionTrue)
	}
	return f
}

// app is one of the fleet.
func (f *fleet) app(i int) cluster.App {
	return cluster.App{
		Namespace: f.namespaces[i%len(f.namespaces)], Name: fmt.Sprintf("app-%03d", i), Replicas: 2,
		Annotations: gated("10@1h,100@1h", nil),
	}
}

// push begins a run of one of the fleet.
func (f *fleet) push(i int) {
	f.Helper()
	app := f.app(i)
	patch := []byte(`{"spec":{"template":{"metadata":{"annotations":{"pushed":"true"}}}}}`)
	_, err := plane.Client().AppsV1().Deployments(app.Namespace).Patch(f.ctx, app.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	require.NoError(f, err)
}

// all waits until so many Deployments of a namespace have a condition of this status.
func (f *fleet) all(namespace string, count int, status metav1.ConditionStatus) {
	f.Helper()
	_, err := cluster.WaitForAll(f.ctx, plane, namespace, "", func(all []appsv1.Deployment) bool {
		n := 0
		for i := range all {
			for _, c := range all[i].Status.Conditions {
				if c.Type == spec.ConditionPromoted && string(c.Status) == string(status) {
					n++
				}
			}
		}
		return n == count
	})
	require.NoError(f, err)
}

// usage is what a process has used.
type usage struct{ cores, resident, peak float64 }

// use measures the leader for a time.
func (f *fleet) use(d time.Duration) usage {
	f.Helper()
	pid := processes.PID(f.namespace, f.leader)
	before, begun := f.ticks(pid), time.Now()
	timer := time.NewTimer(d) // it is time itself that is waited for
	defer timer.Stop()
	<-timer.C
	const ticksPerSecond = 100 // USER_HZ
	cores := (f.ticks(pid) - before) / ticksPerSecond / time.Since(begun).Seconds()
	return usage{cores: cores, resident: f.memory(pid, "VmRSS"), peak: f.memory(pid, "VmHWM")}
}

// waiting is the memory of the pod that doesn't lead.
func (f *fleet) waiting() float64 {
	f.Helper()
	for _, pod := range f.pods() {
		if pod.Name != f.leader {
			return f.memory(processes.PID(f.namespace, pod.Name), "VmHWM")
		}
	}
	return 0
}

// ticks of a core that a process has used.
func (f *fleet) ticks(pid int) float64 {
	f.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(f, err)
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	user, err := strconv.ParseFloat(fields[11], 64)
	require.NoError(f, err)
	system, err := strconv.ParseFloat(fields[12], 64)
	require.NoError(f, err)
	return user + system
}

// memory is a line of a process's status, in MiB.
func (f *fleet) memory(pid int, line string) float64 {
	f.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(f, err)
	_, rest, _ := strings.Cut(string(text), "\n"+line+":")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	require.NoError(f, err)
	return kib / 1024
}
