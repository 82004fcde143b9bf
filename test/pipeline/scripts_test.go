package pipeline

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stage is a folder with stand-ins for helm and cosign, which write down what they are asked. They stand in for registries, Sigstore and a
// cluster, and for what these refuse.
type stage struct {
	t      *testing.T
	folder string
}

const (
	digest    = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	signature = `[{"critical":{"identity":{},"image":{"docker-manifest-digest":"` + digest + `"},"type":"cosign"}}]`
)

func newStage(t *testing.T, cosign string) stage {
	t.Helper()
	s := stage{t, t.TempDir()}
	s.program("cosign", cosign)
	s.program("helm", `case $1 in push) echo "Pushed: x"; echo "Digest: `+digest+`" ;; package) touch "$4/sluice-0.1.0.tgz" ;; esac`)
	return s
}

// program writes a stand-in.
func (s stage) program(name, does string) {
	text := "#!/bin/sh\necho \"" + name + " $*\" >>" + s.folder + "/calls\n" + does + "\n"
	require.NoError(s.t, os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o700))
}

// run runs a script of this folder from the repository's root.
func (s stage) run(script string, args ...string) (calls []string, out string, err error) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "sh", append([]string{"test/pipeline/" + script}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "HELM="+s.folder+"/helm", "COSIGN="+s.folder+"/cosign", "TMPDIR="+s.folder, "KUBECONFIG_CONTENT=secret-of-the-cluster")
	printed, err := cmd.CombinedOutput()
	written, _ := os.ReadFile(filepath.Join(s.folder, "calls")) // none: nothing was called
	return strings.Split(strings.TrimSpace(string(written)), "\n"), string(printed), err
}

func TestADeploymentInstallsWhatWasVerifiedByItsDigest(t *testing.T) {
	t.Parallel()
	s := newStage(t, `echo '`+signature+`'`)
	s.program("helm", `cat "$KUBECONFIG" >>`+s.folder+`/kubeconfig; ls -l "$KUBECONFIG" >>`+s.folder+`/mode`)
	calls, out, err := s.run("deploy.sh", "staging", "v0.1.0")
	require.NoError(t, err, out)
	require.Len(t, calls, 4)
	for i, ref := range []string{"ghcr.io/sluice-dev/sluice:v0.1.0", "ghcr.io/sluice-dev/charts/sluice:0.1.0"} {
		assert.Equal(t, "cosign verify --certificate-identity "+
			"https://github.com/sluice-dev/sluice/.github/workflows/release.yaml@refs/tags/v0.1.0 "+
			"--certificate-oidc-issuer https://token.actions.githubusercontent.com "+ref, calls[i])
	}
	assert.Contains(t, calls[2], "helm upgrade sluice oci://ghcr.io/sluice-dev/charts/sluice@"+digest+" --install ")
	for _, flag := range []string{
		"--values charts/sluice/values/staging.yaml", "--set image.digest=" + digest, "--rollback-on-failure", "--wait",
	} {
		assert.Contains(t, calls[2], flag)
	}
	assert.Contains(t, calls[3], "helm test sluice")
	assert.NotContains(t, out+strings.Join(calls, ""), "secret-of-the-cluster")

	// The kubeconfig is the one given, nobody else's to read, and gone afterwards.
	used, err := os.ReadFile(filepath.Join(s.folder, "kubeconfig"))
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("secret-of-the-cluster\n", 2), string(used))
	mode, err := os.ReadFile(filepath.Join(s.folder, "mode"))
	require.NoError(t, err)
	assert.Regexp(t, `^-rw------- `, string(mode))
	left, err := filepath.Glob(filepath.Join(s.folder, "sluice-deploy.*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestWhatIsNotSignedIsNotDeployed(t *testing.T) {
	t.Parallel()
	for name, cosign := range map[string]string{
		"no signature":             `echo 'no matching signatures' >&2; exit 12`,
		"a signature of nothing":   `echo '[]'`,
		"a signature that is bad":  `echo '` + signature + `'; exit 12`,
		"only the image is signed": `case "$*" in *charts*) exit 12 ;; esac; echo '` + signature + `'`,
	} {
		calls, out, err := newStage(t, cosign).run("deploy.sh", "production", "v0.1.0")
		require.Error(t, err, name)
		assert.NotContains(t, strings.Join(calls, "\n"), "helm", "%s: %s", name, out)
	}
}

func TestADeploymentKnowsItsEnvironmentsAndTags(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"none": {}, "another environment": {"test", "v0.1.0"}, "no tag": {"staging"}, "a branch": {"staging", "main"},
	} {
		calls, out, err := newStage(t, "true").run("deploy.sh", args...)
		require.Error(t, err, name)
		assert.Equal(t, []string{""}, calls, name)
		assert.Regexp(t, "^(ENVIRONMENT|TAG) is ", out, name)
	}
}

func TestAKindClusterIsOfAKnownVersionAndPolicy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"another version": {[]string{"1.20"}, "KUBERNETES is one of 1.34 1.35 1.36 1.37 not"},
		"a part of one":   {[]string{"1.3"}, "KUBERNETES is one of"},
		"another policy":  {[]string{"1.36", "other"}, "POLICY is default or beta"},
	} {
		_, out, err := newStage(t, "true").run("kind/run.sh", c.args...)
		require.Error(t, err, name)
		assert.Contains(t, out, c.want, name)
	}
}
