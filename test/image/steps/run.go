package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/pb"
)

// caches are the folders of the golang image that a RUN may have a cache for, and the variable by which Go is told to use the machine's.
func caches() map[string]string {
	return map[string]string{"/go/pkg/mod": "GOMODCACHE", "/root/.cache/go-build": "GOCACHE"}
}

// absolute finds what is a path from the root: a slash that continues no word.
var absolute = regexp.MustCompile(`(^|[^\w./})-])/[\w./-]*`)

// run does what a RUN comes to, in folder, where its file system lies. Of the machine it sees the shell, Go and its caches.
func run(ctx context.Context, folder string, op *pb.ExecOp) error {
	command := strings.Join(op.Meta.Args, " ")
	if len(op.Meta.Args) == 3 && op.Meta.Args[0] == "/bin/sh" && op.Meta.Args[1] == "-c" {
		command = op.Meta.Args[2]
	}
	if found := absolute.FindString(command); found != "" {
		return fmt.Errorf("RUN %s: the absolute path %s would be this machine's", command, strings.TrimLeft(found, " \t\n<>=:'\""))
	}
	environment, err := environ(ctx, op)
	if err != nil {
		return fmt.Errorf("RUN %s: %w", command, err)
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", command) //nolint:gosec // to run what a Dockerfile says is what this is for
	cmd.Dir, cmd.Env = filepath.Join(folder, filepath.FromSlash(clean(op.Meta.Cwd))), environment
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("RUN %s: %w\n%s", command, err, output)
	}
	return nil
}

// environ is what the Dockerfile says, but with the machine's Go. Neither the settings of whoever runs the tests (GOFLAGS, go env -w) nor
// their workspace has a say.
func environ(ctx context.Context, op *pb.ExecOp) ([]string, error) {
	machine, err := goEnv(ctx)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, of := range op.Meta.Env {
		name, value, _ := strings.Cut(of, "=")
		values[name] = value
	}
	for _, mount := range op.Mounts {
		switch name, known := caches()[mount.Dest]; {
		case mount.Dest == "/":
		case mount.MountType == pb.MountType_CACHE && known:
			values[name] = machine[name]
		default:
			return nil, fmt.Errorf("the mount of %s is not known here", mount.Dest)
		}
	}
	if values["GOMODCACHE"] == "" || values["GOCACHE"] == "" {
		return nil, errors.New("a cache for /go/pkg/mod and one for /root/.cache/go-build are needed")
	}
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE"} {
		values[name] = machine[name]
	}
	values["PATH"] = filepath.Join(machine["GOROOT"], "bin") + string(filepath.ListSeparator) + os.Getenv("PATH")
	values["GOENV"], values["GOWORK"], values["GOPATH"], values["HOME"] = "off", "off", os.TempDir(), os.TempDir()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TMPDIR"} {
		if value, is := os.LookupEnv(name); is {
			values[name] = value
		}
	}
	var environment []string
	for name, value := range values {
		environment = append(environment, name+"="+value)
	}
	slices.Sort(environment)
	return environment, nil
}

// goEnv asks the machine's Go.
func goEnv(ctx context.Context) (map[string]string, error) {
	query := exec.CommandContext(ctx, "go", "env", "-json")
	query.Dir = os.TempDir()
	output, err := query.Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	values := map[string]string{}
	if err := json.Unmarshal(output, &values); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	if values["GOROOT"] == "" {
		return nil, errors.New("go env says no GOROOT")
	}
	return values, nil
}
