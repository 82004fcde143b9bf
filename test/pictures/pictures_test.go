package pictures

import (
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

var update = flag.Bool("update", false, "draw docs/pictures/*.svg")

// root is the repository.
var root = filepath.Join("..", "..")

// is asserts that a picture is what is in docs, and that it is XML.
func is(t *testing.T, name, picture string) {
	t.Helper()
	file := filepath.Join(root, "docs", "pictures", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(picture), 0o600))
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, picture, string(have), "go test ./test/pictures -update draws it anew")
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for err == nil {
		_, err = decoder.Token()
	}
	require.ErrorIs(t, err, io.EOF)
}

// scenario is one of pkg/strategy's.
func scenario(t *testing.T, name string) []write {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "pkg", "strategy", "testdata", name))
	require.NoError(t, err)
	all, err := writes(string(text))
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

func TestRun(t *testing.T) {
	t.Parallel()
	all := scenario(t, "02_healthy.txt")
	last := all[len(all)-1]
	assert.Equal(t, write{at: 306 * time.Second, lane: deployment, says: "unpaused", canary: 100}, last)
	is(t, "run.svg", drawRun("A canary is promoted, write by write",
		"A table of the writes of a run in order: which object is written, what is written, and the traffic from then on.", canaryLanes(), all, map[time.Duration]string{
			32 * time.Second:  "its pod gets ready (20 s); the mesh is given 12 s to learn of it",
			92 * time.Second:  "10 % for a minute at least, and until the gates have passed on evidence",
			124 * time.Second: "5 pods get ready; the mesh is given 12 s",
			184 * time.Second: "50 %: the same",
			216 * time.Second: "10 pods get ready; the mesh is given 12 s",
			276 * time.Second: "100 %: the same",
			288 * time.Second: "the mesh is given 12 s",
			306 * time.Second: "stable has been without traffic for 30 s",
		}))
}

func TestAbort(t *testing.T) {
	t.Parallel()
	all := scenario(t, "04_errors_at_the_first_step.txt")
	assert.Zero(t, all[len(all)-1].canary)
	is(t, "abort.svg", drawRun("A canary is aborted: one write, and users are on stable",
		"A table of the writes of an aborted run: record, one write to the routes, conditions; after the drain time the canary's pods go.", canaryLanes(), all,
		map[time.Duration]string{
			12 * time.Second: "its pod gets ready; the mesh is given 12 s",
			27 * time.Second: "the error-rate gate fails",
			57 * time.Second: "what is under way has 30 s to end",
		}))
}

func TestBlueGreen(t *testing.T) {
	t.Parallel()
	is(t, "blue-green.svg", drawRun("Blue-green, write by write: the swap is one of them",
		"A table of the writes of a blue-green run in order: which object is written, what is written, and the traffic from then on.", blueGreenLanes(),
		scenario(t, "27_blue_green.txt"), map[time.Duration]string{
			12 * time.Second:  "its pods get ready; clients are given 12 s to learn of the preview",
			57 * time.Second:  "the preview is judged, if anybody uses it",
			177 * time.Second: "the bake: two minutes, both versions with all their pods, the gates running",
		}))
}

func TestOwners(t *testing.T) {
	t.Parallel()
	is(t, "owners.svg", drawOwners())
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	outcomes := []analysis.Outcome{analysis.Pass, analysis.Fail}
	for i, s := range samples() {
		all := judged(s)
		assert.Equal(t, outcomes[i], all[len(all)-1].Outcome, s.title)
	}
	is(t, "evidence.svg", drawEvidence())
}

func TestWritesRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	_, err := writes("nothing")
	require.ErrorContains(t, err, "no push")
	_, err = writes("\npush v2\n10:00:00 WriteRecord run=1 Shifting step=1 weight=0\n10:00:12 SetWeight shop ten\n")
	require.ErrorContains(t, err, "ten")
	_, err = writes("\npush v2\n99:00:00 SetWeight shop 10\n")
	require.Error(t, err)
}
