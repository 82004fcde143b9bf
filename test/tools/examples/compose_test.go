package examples

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const compose = root + "examples/compose/"

// project is the example as Compose reads it; whatever Compose doesn't know, or can't resolve, is an error.
func project(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{compose + "compose.yaml"})
	require.NoError(t, err)
	p, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	require.Len(t, p.Services, 2)
	return p
}

func TestImagesAreOfOneVersion(t *testing.T) {
	t.Parallel()
	for _, name := range project(t).ServiceNames() {
		assert.Regexp(t, regexp.MustCompile(`^[a-z/]+:v?\d+\.\d+\.\d+$`), project(t).Services[name].Image, name)
	}
}

// mounted is where a container finds a file of this machine; empty: nowhere.
func mounted(service types.ServiceConfig, path string) string {
	for _, v := range service.Volumes {
		if rest, is := strings.CutPrefix(path, v.Target); is && v.Type == types.VolumeTypeBind {
			return filepath.Join(v.Source, rest)
		}
	}
	return ""
}

func TestWhatIsMountedIsThereAndCannotBeWritten(t *testing.T) {
	t.Parallel()
	bound := 0
	for name, service := range project(t).Services {
		for _, v := range service.Volumes {
			if v.Type == types.VolumeTypeBind {
				bound++
				_, err := os.Stat(v.Source)
				require.NoError(t, err, name)
				assert.True(t, v.ReadOnly, "%s may write %s", name, v.Source)
			}
		}
	}
	assert.Equal(t, 5, bound)
}

// TestNothingListensBeyondThisMachine: the containers are in the host's network, and ask nobody who he is.
func TestNothingListensBeyondThisMachine(t *testing.T) {
	t.Parallel()
	services := project(t).Services
	for name, service := range services {
		assert.Equal(t, "host", service.NetworkMode, name)
	}
	assert.Contains(t, services["prometheus"].Command, "--web.listen-address=127.0.0.1:9190")
	require.NotNil(t, services["grafana"].Environment["GF_SERVER_HTTP_ADDR"])
	assert.Equal(t, "127.0.0.1", *services["grafana"].Environment["GF_SERVER_HTTP_ADDR"])
}

func TestGrafanaFindsPrometheusAndTheDashboards(t *testing.T) {
	t.Parallel()
	grafana := project(t).Services["grafana"]
	var sources struct {
		Datasources []struct{ Type, URL, Access string }
	}
	read(t, mounted(grafana, "/etc/grafana/provisioning/datasources/prometheus.yaml"), &sources)
	require.Len(t, sources.Datasources, 1)
	assert.Equal(t, "prometheus", sources.Datasources[0].Type)
	assert.Contains(t, project(t).Services["prometheus"].Command,
		"--web.listen-address="+strings.TrimPrefix(sources.Datasources[0].URL, "http://"))

	var boards struct {
		Providers []struct {
			Type    string
			Options struct{ Path string }
		}
	}
	read(t, mounted(grafana, "/etc/grafana/provisioning/dashboards/sluice.yaml"), &boards)
	require.Len(t, boards.Providers, 1)
	assert.Equal(t, "file", boards.Providers[0].Type)
	found, err := filepath.Glob(mounted(grafana, boards.Providers[0].Options.Path) + "/*.json")
	require.NoError(t, err)
	var names []string
	for _, path := range found {
		names = append(names, filepath.Base(path))
	}
	assert.Equal(t, []string{"rollout-analysis.json", "rollouts.json"}, names)
	assert.FileExists(t, mounted(grafana, *grafana.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]))
}

// TestPrometheusTakesItsConfiguration lays the files out as the container sees them, and asks Prometheus's own program.
func TestPrometheusTakesItsConfiguration(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	service := project(t).Services["prometheus"]
	content, err := os.ReadFile(mounted(service, "/etc/prometheus/prometheus.yaml"))
	require.NoError(t, err)
	for _, name := range []string{"rules", "targets"} {
		require.NoError(t, os.CopyFS(filepath.Join(folder, name), os.DirFS(mounted(service, "/etc/prometheus/"+name))))
	}
	config := filepath.Join(folder, "prometheus.yaml")
	moved := strings.ReplaceAll(string(content), "/etc/prometheus", folder)
	require.NoError(t, os.WriteFile(config, []byte(moved), 0o600))
	promtool, err := filepath.Abs(root + ".bin/promtool")
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), promtool, "check", "config", config).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "rules found", "the chart's rules are read")
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	require.NotEmpty(t, path, "nothing is mounted there")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(content, into), path)
}

// TestTheDocumentationNamesEveryFile of the two examples.
func TestTheDocumentationNamesEveryFile(t *testing.T) {
	t.Parallel()
	for folder, form := range map[string]string{"terraform": "*.tf", "compose": "*.yaml"} {
		text, err := os.ReadFile(root + "examples/" + folder + "/README.md")
		require.NoError(t, err)
		paths, err := filepath.Glob(root + "examples/" + folder + "/" + form)
		require.NoError(t, err)
		names := map[string]bool{}
		for _, path := range paths {
			names[filepath.Base(path)] = true
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			assert.Contains(t, string(text), "`"+name+"`", folder)
		}
	}
}
