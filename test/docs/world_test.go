package docs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// world is where commands are run: an application called shop in a namespace of its own, with a controller of its own, and a folder that
// looks like a checkout.
type world struct {
	*testing.T
	ctx        context.Context
	stage      string
	namespace  string
	kubeconfig string
	dir        string // the working directory
	home       string
	app        cluster.App
	controller *cluster.ControllerProcess // nil: the stage has none
	prelude    []string                   // what commands have exported
	users      *mesh.Load                 // nil: the stage has none
}

// newWorld brings a world to a stage.
func newWorld(t *testing.T, p page, stage string) *world {
	t.Helper()
	build, known := stages()[stage]
	require.True(t, known, "%s: no such stage: %q", p.path, stage)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	namespace := newNamespace(t)
	w := &world{
		T: t, ctx: ctx, stage: stage, namespace: namespace, kubeconfig: kubeconfigFor(t, namespace), home: t.TempDir(),
		app: cluster.App{Namespace: namespace, Name: "shop", Replicas: 2, Version: "v1", VirtualService: true},
	}
	w.checkOut(p)
	build(w)
	return w
}

// checkOut makes a folder like a checkout after make build, with what pages take for granted that the reader has.
func (w *world) checkOut(p page) {
	w.Helper()
	w.dir = filepath.Join(w.home, "sluice")
	require.NoError(w, os.Mkdir(w.dir, 0o700))
	absolute, err := filepath.Abs(root)
	require.NoError(w, err)
	entries, err := os.ReadDir(absolute)
	require.NoError(w, err)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			require.NoError(w, os.Symlink(filepath.Join(absolute, e.Name()), filepath.Join(w.dir, e.Name())))
		}
	}
	require.NoError(w, os.Symlink(string(programs), filepath.Join(w.dir, ".bin")))
	require.NoError(w, os.Symlink(filepath.Join(absolute, "examples", "gitops", "kustomize", "base"), filepath.Join(w.dir, "deploy")))
	require.NoError(w, os.Symlink(filepath.Join(absolute, "examples", "notifications", "body.json"), filepath.Join(w.dir, "body.json")))
	for _, name := range []string{"secret", "token"} {
		require.NoError(w, os.WriteFile(filepath.Join(w.dir, name), []byte("s3cret"), 0o600))
	}
	require.NoError(w, os.Mkdir(filepath.Join(w.home, ".kube"), 0o700))
	require.NoError(w, os.Symlink(w.kubeconfig, filepath.Join(w.home, ".kube", "config")))
	// The page of an example is read in its folder.
	if strings.HasPrefix(p.path, "examples/") {
		w.dir = filepath.Join(w.dir, path.Dir(p.path))
	}
}

// obey runs a command as its rule says.
func (w *world) obey(command string) {
	w.Helper()
	for _, program := range programsIn(command) {
		if _, err := exec.LookPath(program); err != nil && slices.Contains(perhaps(), program) {
			w.Logf("NOTE: %s is not installed here: not run", program)
			return
		}
	}
	for _, r := range replacements(w) {
		if found := r.pattern.FindStringSubmatch(command); found != nil {
			command = r.pattern.ReplaceAllString(command, r.by(found))
		}
	}
	for _, r := range rules() {
		if r.match.MatchString(command) && (r.stage == "" || r.stage == w.stage) {
			w.Log(r.name)
			r.run(w, command)
			return
		}
	}
	w.runs(command)
}

// shell is a command with the programs of this test on its PATH, and nothing of who runs the test.
func (w *world) shell(ctx context.Context, command string) *exec.Cmd {
	script := strings.Join(append(slices.Clone(w.prelude), command), "\n")
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Dir = w.dir
	cmd.Env = []string{
		"PATH=" + string(programs) + ":" + os.Getenv("PATH"), "HOME=" + w.home, "KUBECONFIG=" + w.kubeconfig, "KUBE_EDITOR=true",
		"TOKEN=token", "T=1700000000",
	}
	// What the shell has started must not keep the test waiting for its output.
	cmd.WaitDelay = time.Second
	return cmd
}

// exports are kept for the commands that follow.
var exports = regexp.MustCompile(`^(export [A-Z]|[A-Za-z_]+=|cd )[^\n]*$`)

// runs runs a command, which must end well.
func (w *world) runs(command string) string {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	out, err := w.shell(ctx, command).CombinedOutput()
	w.Logf("%s", out)
	require.NoError(w, err, "%s\n%s", command, out)
	if exports.MatchString(command) && len(programsIn(command)) < 2 {
		w.prelude = append(w.prelude, command)
	}
	return string(out)
}

// makes asks make whether there is such a target.
func (w *world) makes(command string) { w.runs(strings.Replace(command, "make ", "make -n ", 1)) }

// inVain gives a command to a controller that isn't there: the plugin says so.
func (w *world) inVain(command string) {
	w.Helper()
	require.Contains(w, w.runs("{ "+remark.ReplaceAllString(command, "")+" 2>&1; } && exit 1; test $? = 1"), "controller")
}

// tries runs kubectl as a dry run of the server: namespaces like sluice-system are those of all pages.
func (w *world) tries(command string) {
	w.Helper()
	w.runs(regexp.MustCompile(` (create|delete|apply|patch|annotate|label|scale) `).ReplaceAllString(command, " ${1} --dry-run=server "))
}

// releases takes Sluice out of this world's namespace alone, as its own account: the brake policy is in force for all others.
func (w *world) releases(command string) {
	w.Helper()
	command = strings.ReplaceAll(remark.ReplaceAllString(command, ""), "~/.kube/config", plane.Kubeconfig(cluster.Controller))
	command = strings.NewReplacer("--settle=12s", "--settle=200ms", "--drain=30s", "--drain=200ms").Replace(command)
	w.runs(command + " --namespaces=" + w.namespace)
}

// asks runs a command that answers with its exit status: 0 and 1 are both answers, others are mistakes of the page.
func (w *world) asks(command string) {
	w.Helper()
	w.runs("{ " + remark.ReplaceAllString(command, "") + "; } || test $? = 1")
}

// leaves does nothing.
func (w *world) leaves(string) {}

// helm runs a command of Helm's as a dry run against the server.
func (w *world) helm(command string) {
	bare := remark.ReplaceAllString(command, "")
	if regexp.MustCompile(`^helm (install|upgrade)`).MatchString(bare) && !strings.Contains(bare, "charts/sluice") {
		w.Log("a chart of others, which comes from the network")
		return
	}
	if strings.HasPrefix(bare, "helm uninstall") || strings.HasPrefix(bare, "helm rollback") {
		w.runs(bare + " --dry-run")
		return
	}
	w.runs(bare + " --dry-run=server")
}

// words of a command that name an object: the verb and its flags are told apart by their form.
var loggedOrReached = regexp.MustCompile(`kubectl((?: (?:-n|--namespace|--context)[ =]\S+)*) (?:logs|exec|port-forward|attach)((?: -\S+(?: \S+)?)*?) ((?:deployment|deploy|service|svc|pod|job)/\S+)`)

// logs shows what the controller has written, if what the command names is there.
func (w *world) logs(command string) {
	w.Helper()
	file := filepath.Join(w.home, "log")
	logs, err := leader.Logs()
	require.NoError(w, err)
	require.NoError(w, os.WriteFile(file, []byte(logs), 0o600))
	found := loggedOrReached.FindStringSubmatch(command)
	require.NotNil(w, found, command)
	_, piped, isPiped := strings.Cut(command, "|")
	// Helm deletes the Job of a good uninstallation, and makes it only then.
	if found[3] == "job/sluice-uninstall" {
		w.runs("helm get hooks sluice --namespace sluice-system | grep 'name: sluice-uninstall'")
		return
	}
	w.runs(fmt.Sprintf("kubectl%s get %s", found[1], found[3]))
	if isPiped {
		w.shows(file, piped)
	}
}

// shows runs what is behind the pipe. That grep finds nothing is no fault of the page if the program may write such a line.
func (w *world) shows(file, piped string) {
	w.Helper()
	words := regexp.MustCompile(`grep (?:-\w+ )*'?([^']+?)'?\s*$`).FindStringSubmatch(remark.ReplaceAllString(piped, ""))
	if words == nil {
		w.runs("cat " + file + " |" + piped)
		return
	}
	sources := files(w.T, ".", func(file string) bool {
		return strings.HasSuffix(file, ".go") && (strings.HasPrefix(file, "cmd/") || strings.HasPrefix(file, "pkg/"))
	})
	pattern := regexp.MustCompile("(?i)" + words[1])
	require.True(w, slices.ContainsFunc(sources, func(source string) bool {
		text, err := os.ReadFile(filepath.Join(root, source))
		require.NoError(w, err)
		return pattern.Match(text)
	}), "no log line has %q", words[1])
}

// finds asks for the object that a command names, and for the command's own flags.
func (w *world) finds(command string) {
	w.Helper()
	found := loggedOrReached.FindStringSubmatch(command)
	if found == nil { // top
		w.runs(regexp.MustCompile(`\btop\b`).ReplaceAllString(remark.ReplaceAllString(command, ""), "get"))
		return
	}
	w.runs(fmt.Sprintf("kubectl%s get %s", found[1], found[3]))
}

// watches runs a view until it has shown something, and ends it.
func (w *world) watches(command string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	cmd := w.shell(ctx, "exec "+command)
	shown := newFirst()
	cmd.Stdout, cmd.Stderr = shown, shown
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	require.NoError(w, cmd.Start())
	select {
	case <-shown.something:
	case <-ctx.Done():
		require.Fail(w, "nothing was shown", command)
	}
	cancel()
	_ = cmd.Wait() // ended by us
	require.Contains(w, shown.text.String(), "shop", command)
}

// first is a buffer that tells when something was written.
type first struct {
	text      bytes.Buffer
	something chan struct{}
}

func newFirst() *first { return &first{something: make(chan struct{})} }

func (f *first) Write(text []byte) (int, error) {
	if f.text.Len() == 0 {
		defer close(f.something)
	}
	return f.text.Write(text)
}

// serves starts the controller as the page says, at an address of this test's, waits until it is ready, and ends it.
func (w *world) serves(command string) {
	w.Helper()
	_, flags, _ := strings.Cut(remark.ReplaceAllString(command, ""), "--")
	var args []string
	for _, word := range strings.Fields("--" + strings.TrimSuffix(strings.TrimSpace(flags), "…")) {
		args = append(args, strings.ReplaceAll(strings.ReplaceAll(word, "~", w.home), "127.0.0.1:8081", "127.0.0.1:0"))
	}
	p, err := plane.StartController(w.ctx, cluster.ControllerOptions{
		Binary: programs.path("controller"), Kubeconfig: w.kubeconfig, Name: "shown-" + w.namespace,
		Args: append(args, "--namespaces="+w.namespace, "--leader-elect=false", "--brake=paused"),
	})
	require.NoError(w, err, command)
	require.NoError(w, p.Stop())
}

// hash of the canary or of stable, as the record has it.
func (w *world) hash(which string) string {
	w.Helper()
	c, err := plane.Client().CoreV1().ConfigMaps(w.namespace).Get(w.ctx, "shop-sluice", metav1.GetOptions{})
	require.NoError(w, err)
	var r strategy.Record
	require.NoError(w, json.Unmarshal([]byte(c.Data["record.json"]), &r))
	require.NotNil(w, r.Run, "the stage has no run")
	name := r.Run.Canary.Name
	if which == "stable" {
		name = r.Run.Stable.Name
	}
	return name[strings.LastIndexByte(name, '-')+1:]
}
