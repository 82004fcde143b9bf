package dashboards

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/dashboards/boards"
)

// docsURL is where dashboards and alerts lead for words.
const docsURL = "https://github.com/sluice-dev/sluice/blob/main/docs/"

func TestTheChartHasWhatIsGenerated(t *testing.T) {
	generated := boards.Files()
	require.Len(t, files(t), len(generated), "a file of the chart for each dashboard")
	for _, file := range generated {
		want, err := file.JSON()
		require.NoError(t, err)
		assert.Equal(t, string(want), read(t, filepath.Join(root, "charts", "sluice", "dashboards", file.Name)),
			"%s: go run ./test/dashboards/generate", file.Name)
	}
}

func TestEveryPanelExplainsItself(t *testing.T) {
	documented := read(t, filepath.Join(root, "docs", "dashboards.md"))
	for _, b := range chartBoards(t) {
		titles, ids := map[string]bool{}, map[int]bool{}
		for _, p := range b.Panels {
			assert.False(t, ids[p.ID], "%s: id %d twice", b.File, p.ID)
			assert.False(t, titles[p.Title], "%s: two panels %q", b.File, p.Title)
			ids[p.ID], titles[p.Title] = true, true
			if p.Type == "row" {
				continue
			}
			assert.NotEmpty(t, p.Description, "%s: %s", b.File, p.Title)
			assert.NotEmpty(t, p.Fields.Defaults.NoValue, "%s: %s says nothing when there is no data", b.File, p.Title)
			assert.NotEmpty(t, p.Targets, "%s: %s", b.File, p.Title)
			words := strings.TrimSuffix(p.Title, ", quantile $quantile")
			if !strings.Contains(documented, words) {
				assert.Fail(t, "not in docs/dashboards.md", words)
			}
			for _, q := range p.Targets {
				assert.NotEqual(t, q.Instant, q.Range, "%s: %s %s", b.File, p.Title, q.RefID)
			}
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	for _, b := range chartBoards(t) {
		taken := map[[2]int]string{}
		for _, p := range b.Panels {
			assert.LessOrEqual(t, p.Grid.X+p.Grid.W, 24, p.Title)
			for x := p.Grid.X; x < p.Grid.X+p.Grid.W; x++ {
				for y := p.Grid.Y; y < p.Grid.Y+p.Grid.H; y++ {
					other, is := taken[[2]int{x, y}]
					require.False(t, is, "%s: %s lies on %s", b.File, p.Title, other)
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// linked is a link in a dashboard's file, wherever it is.
var linked = regexp.MustCompile(`"url": "([^"]*)"`)

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	uids := map[string]bool{}
	for _, b := range chartBoards(t) {
		uids[b.UID] = true
	}
	require.Equal(t, map[string]bool{"sluice-rollouts": true, "sluice-rollout-analysis": true}, uids, "others link to these")
	for _, path := range files(t) {
		text := read(t, path)
		assert.NotContains(t, text, `"uid": "prometheus"`, "no data source of somebody's")
		links := linked.FindAllStringSubmatch(text, -1)
		require.NotEmpty(t, links, path)
		for _, link := range links {
			if rest, ok := strings.CutPrefix(link[1], "/d/"); ok {
				uid, _, _ := strings.Cut(rest, "?")
				assert.True(t, uids[uid], "%s: no dashboard %s", path, uid)
				continue
			}
			rest, ok := strings.CutPrefix(link[1], docsURL)
			require.True(t, ok, "%s: %s", path, link[1])
			address, err := url.Parse(rest)
			require.NoError(t, err)
			assert.FileExists(t, filepath.Join(root, "docs", filepath.FromSlash(address.Path)), path)
		}
	}
}
