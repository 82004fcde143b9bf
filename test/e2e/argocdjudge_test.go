package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/sluice-dev/sluice/test/cluster"
)

// judge is Argo CD's own code, in a process of its own (test/tools/argocd), which acts as the developer.
type judge struct {
	*stage
	settings map[string]string // data of argocd-cm

	mu      sync.Mutex // guards what follows: one question at a time
	input   io.WriteCloser
	answers *bufio.Scanner
}

// question and verdict are what test/tools/argocd calls request and answer.
type question struct {
	Do          string            `json:"do"`
	Settings    map[string]string `json:"settings,omitempty"`
	Live        map[string]any    `json:"live,omitempty"`
	Action      string            `json:"action,omitempty"`
	Application map[string]any    `json:"application,omitempty"`
	Targets     []map[string]any  `json:"targets,omitempty"`
	Chart       string            `json:"chart,omitempty"`
	Values      []string          `json:"values,omitempty"`
}

type verdict struct {
	Error   string
	Health  string
	Message string
	Actions []struct {
		Name     string
		Disabled bool
	}
	Patch       string
	Manifests   string
	Synced      bool
	Differences []struct{ Kind, Name, Live, Predicted string }
	Phase       string
	Results     []string
}

// The health that Argo CD knows of.
const (
	isHealthy     = "Healthy"
	isProgressing = "Progressing"
	isDegraded    = "Degraded"
	isSuspended   = "Suspended"
)

// newJudge starts Argo CD's code with the settings of examples/gitops.
func newJudge(s *stage) *judge {
	s.Helper()
	binary, err := filepath.Abs(filepath.Join("..", "..", ".bin", "argocd-judge"))
	require.NoError(s, err)
	j := &judge{stage: s, settings: argocdSettings(s)}
	// It outlives the context, which ends before the clean-up, and ends with its input.
	command := exec.CommandContext(context.WithoutCancel(s.ctx), binary, "-kubeconfig", plane.Kubeconfig(cluster.Developer))
	command.Stderr = os.Stderr
	j.input, err = command.StdinPipe()
	require.NoError(s, err)
	output, err := command.StdoutPipe()
	require.NoError(s, err)
	require.NoError(s, command.Start(), "make tools builds it")
	s.Cleanup(func() {
		assert.NoError(s, j.input.Close())
		assert.NoError(s, command.Wait(), "argocd-judge")
	})
	j.answers = bufio.NewScanner(output)
	j.answers.Buffer(make([]byte, 0, 1<<20), 16<<20)
	return j
}

// argocdSettings are those that users are given.
func argocdSettings(s *stage) map[string]string {
	s.Helper()
	settings, _, err := unstructured.NestedStringMap(readManifest(s, "argocd", "argocd-cm.yaml"), "data")
	require.NoError(s, err)
	return settings
}

// readManifest reads one object of examples/gitops.
func readManifest(s *stage, path ...string) map[string]any {
	s.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "examples", "gitops"}, path...)...))
	require.NoError(s, err)
	object := map[string]any{}
	require.NoError(s, yaml.Unmarshal(text, &object))
	return object
}

// ask puts one question. What Argo CD could not answer is in the verdict's Error.
func (j *judge) ask(q question) (v verdict, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if q.Settings == nil {
		q.Settings = j.settings
	}
	line, err := json.Marshal(q)
	if err != nil {
		return v, err
	}
	if _, err := j.input.Write(append(line, '\n')); err != nil {
		return v, err
	}
	if !j.answers.Scan() {
		if err := j.answers.Err(); err != nil {
			return v, err
		}
		return v, io.ErrUnexpectedEOF
	}
	return v, json.Unmarshal(j.answers.Bytes(), &v)
}

// tell is ask where there must be an answer.
func (j *judge) tell(q question) verdict {
	j.Helper()
	v, err := j.ask(q)
	require.NoError(j, err)
	require.Empty(j, v.Error, q.Do)
	return v
}

// liveDeployment is the Deployment as Argo CD sees it.
func (j *judge) liveDeployment() map[string]any {
	j.Helper()
	live, err := plane.Dynamic().Resource(watched()[0]).Namespace(j.namespace).Get(j.ctx, j.app.Name, metav1.GetOptions{})
	require.NoError(j, err)
	return live.Object
}

// becomes waits until Argo CD shows a health of the Deployment.
func (j *judge) becomes(health string) {
	j.Helper()
	j.until(health, func() bool { return j.tell(question{Do: "health", Live: j.liveDeployment()}).Health == health })
}

// menu are the actions that can be chosen for the Deployment now.
func (j *judge) menu() []string {
	j.Helper()
	var names []string
	for _, a := range j.tell(question{Do: "actions", Live: j.liveDeployment()}).Actions {
		if !a.Disabled {
			names = append(names, a.Name)
		}
	}
	return names
}

// act chooses an action: Argo CD runs its Lua and sends the patch. Without settings it is Argo CD's own.
func (j *judge) act(action string, settings map[string]string) {
	j.Helper()
	v := j.tell(question{Do: "action", Action: action, Live: j.liveDeployment(), Settings: settings})
	if v.Patch != "" {
		j.kubectl(cluster.Developer, "patch", "deployment", j.app.Name, "--type=merge", "--patch", v.Patch)
	}
}

// refuses asserts that an action changes nothing, and what it says.
func (j *judge) refuses(action, why string) {
	j.Helper()
	v, err := j.ask(question{Do: "action", Action: action, Live: j.liveDeployment()})
	require.NoError(j, err)
	assert.Contains(j, v.Error, why, action)
	assert.Empty(j, v.Patch, action)
}

// application is that of examples/gitops, for the stage's namespace, with more syncOptions.
func (j *judge) application(options ...string) map[string]any {
	j.Helper()
	app := readManifest(j.stage, "argocd", "production.yaml")
	require.NoError(j, unstructured.SetNestedField(app, j.namespace, "spec", "destination", "namespace"))
	given, _, err := unstructured.NestedStringSlice(app, "spec", "syncPolicy", "syncOptions")
	require.NoError(j, err)
	require.NoError(j, unstructured.SetNestedStringSlice(app, append(given, options...), "spec", "syncPolicy", "syncOptions"))
	return app
}

func deploymentOf(s *stage, u *unstructured.Unstructured) *appsv1.Deployment {
	s.Helper()
	d := &appsv1.Deployment{}
	require.NoError(s, runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, d))
	return d
}
