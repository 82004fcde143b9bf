package podrunner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestParseBehaviour(t *testing.T) {
	t.Parallel()
	got, err := ParseBehaviour(map[string]string{
		"VERSION": "v2", "ERROR_RATE": "0.2", "ERROR_AFTER_REQUESTS": "50", "LATENCY": "10ms", "SLOW_SHARE": "0.5",
		"SLOW_LATENCY": "3s", "READY_AFTER": "2s", "CRASH_AFTER": "1m", "CRASH_TIMES": "1", "CRASH_BACKOFF": "5s",
		"SHUTDOWN_DELAY": "4s", "RUN_FOR": "6s", "EXIT_CODE": "3", "HANGUP_RATE": "0.25", "PATH": "/bin",
	})
	require.NoError(t, err)
	assert.Equal(t, Behaviour{
		Version: "v2", ErrorRate: 0.2, ErrorAfterRequests: 50, Latency: 10 * time.Millisecond, SlowShare: 0.5,
		SlowLatency: 3 * time.Second, ReadyAfter: 2 * time.Second, CrashAfter: time.Minute, CrashTimes: 1,
		CrashBackoff: 5 * time.Second, ShutdownDelay: 4 * time.Second, RunFor: 6 * time.Second, ExitCode: 3, HangupRate: 0.25,
	}, got)
}

func TestParseBehaviourOfAPlainApplication(t *testing.T) {
	t.Parallel()
	got, err := ParseBehaviour(nil)
	require.NoError(t, err)
	assert.Equal(t, Behaviour{CrashBackoff: time.Second}, got)
	got, err = ParseBehaviour(map[string]string{"READY_AFTER": "never"})
	require.NoError(t, err)
	assert.True(t, got.NeverReady)
}

func TestParseBehaviourNamesEveryBadValue(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"ERROR_RATE": "20%", "SLOW_SHARE": "1.1", "ERROR_AFTER_REQUESTS": "-1", "EXIT_CODE": "one", "LATENCY": "10",
		"SLOW_LATENCY": "-1s", "READY_AFTER": "soon", "CRASH_AFTER": "1", "CRASH_TIMES": "0.5", "CRASH_BACKOFF": "",
		"SHUTDOWN_DELAY": "x", "RUN_FOR": "x", "HANGUP_RATE": "2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseBehaviour(map[string]string{name: value})
			require.ErrorContains(t, err, name)
		})
	}
	_, err := ParseBehaviour(map[string]string{"ERROR_RATE": "NaN", "LATENCY": "x"})
	require.ErrorContains(t, err, "ERROR_RATE")
	require.ErrorContains(t, err, "LATENCY")
}

func TestBehaviourOf(t *testing.T) {
	t.Parallel()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "shop-abc-12345"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{
			{Name: "sidecar", Env: []corev1.EnvVar{{Name: "VERSION", Value: "sidecar"}}},
			{
				Name:  "app",
				Ports: []corev1.ContainerPort{{ContainerPort: 8080}},
				Env: []corev1.EnvVar{
					{Name: "VERSION", Value: "v1"},
					{Name: "ERROR_RATE", ValueFrom: &corev1.EnvVarSource{}},
				},
			},
		}},
	}
	all := []override{
		{namespace: "ns", prefix: "shop-abc-", env: map[string]string{"ERROR_RATE": "0.5", "LATENCY": "1s"}},
		{namespace: "ns", prefix: "shop-abc-", env: map[string]string{"ERROR_RATE": "0.1"}},
		{namespace: "ns", prefix: "shop-def-", env: map[string]string{"ERROR_RATE": "1"}},
		{namespace: "other", prefix: "shop-abc-", env: map[string]string{"ERROR_RATE": "1"}},
	}
	b, err := behaviourOf(pod, nil)
	require.NoError(t, err)
	assert.Equal(t, "v1", b.Version, "of the container with a port")
	assert.Zero(t, b.ErrorRate, "a value from elsewhere is not looked up")
	b, err = behaviourOf(pod, all)
	require.NoError(t, err)
	assert.InDelta(t, 0.1, b.ErrorRate, 0, "the last override that concerns the pod")
	assert.Equal(t, time.Second, b.Latency)
}
