package view_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/cli/clitest"
	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/cli/view"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before you believe it")

// golden compares a text with the one that a person has looked at.
func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	text := strings.Join(lines, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text)
}

// fits paints lines for a terminal and sees that none is too wide.
func fits(t *testing.T, lines []view.Line, width int, style view.Style) []string {
	t.Helper()
	uncut(t, view.Paint(lines, width, style), width, style)
	return view.Paint(lines, width, style)
}

// whole paints lines that are never cut, and sees that they need not be.
func whole(t *testing.T, lines []view.Line, width int) []string {
	t.Helper()
	return uncut(t, view.Paint(lines, 0, view.Style{Unicode: true}), width, view.Style{Unicode: true})
}

func uncut(t *testing.T, painted []string, width int, style view.Style) []string {
	t.Helper()
	for _, line := range painted {
		if !style.Colour {
			assert.LessOrEqual(t, utf8.RuneCountInString(line), width, line)
		}
	}
	return painted
}

// states are all that there are, by the names of their golden files.
func states() map[string]*clitest.State {
	unmanaged := clitest.AtRest()
	delete(unmanaged.Deployment.Annotations, spec.AnnotationStrategy)
	unseen := clitest.AtRest()
	unseen.Record, unseen.Deployment.Status.Conditions = nil, nil
	return map[string]*clitest.State{
		"at-rest": clitest.AtRest(), "pushed": clitest.Pushed(), "starting": clitest.Starting(), "waiting": clitest.Waiting(),
		"approval": clitest.Approval(), "paused": clitest.Paused(), "promoting": clitest.Promoting(), "aborted": clitest.Aborted(),
		"blocked": clitest.Blocked(), "unmanaged": unmanaged, "unseen": unseen,
		"preview": clitest.Preview(), "preview-judged": clitest.PreviewJudged(), "baking": clitest.Baking(), "swapped-back": clitest.SwappedBack(),
		"hooked": clitest.Hooked(), "hook-failed": clitest.HookFailed(), "after-failed": clitest.AfterFailed(), "testers": clitest.Testers(),
	}
}

func TestStatus(t *testing.T) {
	for name, state := range states() {
		t.Run(name, func(t *testing.T) {
			golden(t, "status-"+name, fits(t, view.Status(state.Rollout(), clitest.Now(), 80), 80, view.Style{Unicode: true}))
		})
	}
}

func TestExplanation(t *testing.T) {
	for name, state := range states() {
		t.Run(name, func(t *testing.T) {
			sections := explain.Of(state.Rollout(), clitest.Now())
			// A command is not broken: it is there to be copied.
			golden(t, "explain-"+name, whole(t, view.Explanation(sections, 80), 80))
		})
	}
}

func TestFrame(t *testing.T) {
	for _, c := range []struct {
		name          string
		state         *clitest.State
		note          string
		width, height int
		style         view.Style
	}{
		{"waiting-80x24", clitest.Waiting(), "", 80, 24, view.Style{Unicode: true}},
		{"waiting-120x40", clitest.Waiting(), "", 120, 40, view.Style{Unicode: true}},
		{"waiting-40x24", clitest.Waiting(), "", 40, 24, view.Style{Unicode: true}},
		{"waiting-60x15-ascii", clitest.Waiting(), "", 60, 15, view.Style{}},
		{"aborted-80x24-colour", clitest.Aborted(), "", 80, 24, view.Style{Unicode: true, Colour: true}},
		{"aborted-60x16", clitest.Aborted(), "", 60, 16, view.Style{Unicode: true}},
		{"hook-failed-60x24-ascii", clitest.HookFailed(), "", 60, 24, view.Style{}},
		{"baking-60x24-ascii", clitest.Baking(), "", 60, 24, view.Style{}},
		{"approval-80x24-lost", clitest.Approval(), "state of 12s ago: connection refused", 80, 24, view.Style{Unicode: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := fits(t, view.Frame(c.state.Rollout(), c.note, clitest.Now(), c.width, c.height), c.width, c.style)
			assert.Len(t, lines, c.height)
			golden(t, "frame-"+c.name, lines)
		})
	}
}

func TestFrameFitsWhateverTheSize(t *testing.T) {
	for name, state := range states() {
		r := state.Rollout()
		for width := 36; width < 200; width += 7 {
			for height := 1; height < 50; height += 3 {
				lines := fits(t, view.Frame(r, "", clitest.Now(), width, height), width, view.Style{Unicode: true})
				assert.Len(t, lines, height, "%s %dx%d", name, width, height)
			}
			fits(t, view.Status(r, clitest.Now(), width), width, view.Style{})
		}
	}
}

func TestTable(t *testing.T) {
	var list []rollout.Rollout
	for _, name := range []string{
		"aborted", "approval", "at-rest", "baking", "blocked", "hooked", "preview", "starting", "unmanaged", "unseen", "waiting",
	} {
		r := *states()[name].Rollout()
		r.Name = name
		list = append(list, r)
	}
	golden(t, "table", whole(t, view.Table(list, clitest.Now(), view.TableOptions{}), 80))
	golden(t, "table-wide", whole(t, view.Table(list, clitest.Now(), view.TableOptions{Namespaces: true, Wide: true}), 200))
}

func TestHistory(t *testing.T) {
	r := clitest.Aborted().Rollout()
	for _, width := range []int{80, 40} {
		whole(t, view.History(r.History, clitest.Now(), width), max(width, 60))
	}
	golden(t, "history", whole(t, view.History(r.History, clitest.Now(), 80), 80))
	golden(t, "history-none", whole(t, view.History(nil, clitest.Now(), 80), 80))
	golden(t, "run-promoted", fits(t, view.Run(&r.History[1], clitest.Now(), 80), 80, view.Style{Unicode: true}))
	hooked := clitest.HookFailed().Rollout()
	golden(t, "history-hooks", whole(t, view.History(hooked.History[:1], clitest.Now(), 80), 80))
	golden(t, "run-hooks", fits(t, view.Run(&hooked.History[0], clitest.Now(), 80), 80, view.Style{Unicode: true}))
	golden(t, "run-aborted", fits(t, view.Run(&r.History[0], clitest.Now(), 80), 80, view.Style{Unicode: true}))
}

func TestPlainTellsWhatChanged(t *testing.T) {
	var p view.Plain
	var lines []string
	for _, state := range []*clitest.State{
		clitest.AtRest(), clitest.AtRest(), clitest.Pushed(), clitest.Starting(), clitest.Waiting(), clitest.Waiting(), clitest.Approval(), clitest.Aborted(),
	} {
		lines = append(lines, p.Lines(state.Rollout(), clitest.Now())...)
	}
	golden(t, "plain", lines)

	p, lines = view.Plain{}, nil
	pending := clitest.Hooked()
	for i := range pending.Record.Run.Hooks {
		pending.Record.Run.Hooks[i].State = strategy.JobPending
	}
	for _, state := range []*clitest.State{
		clitest.AtRest(), pending, clitest.Hooked(), clitest.HookFailed(), clitest.Preview(), clitest.Baking(), clitest.Promoting(), clitest.AfterFailed(),
	} {
		lines = append(lines, p.Lines(state.Rollout(), clitest.Now())...)
	}
	golden(t, "plain-hooks", lines)
}

func TestPaint(t *testing.T) {
	r := clitest.AtRest().Says("False", "Odd", "a message with \x1b[31mcolours\x1b[0m and a\nline break", 0).Rollout()
	for _, style := range []view.Style{{}, {Unicode: true}} {
		for _, line := range view.Paint(view.Status(r, clitest.Now(), 80), 80, style) {
			assert.NotContains(t, line, "\x1b", "what comes from the cluster has no say over the terminal")
			assert.NotContains(t, line, "\n")
		}
	}
	for _, line := range view.Paint(view.Status(clitest.Waiting().Rollout(), clitest.Now(), 80), 80, view.Style{}) {
		for _, c := range line {
			assert.Less(t, c, rune(utf8.RuneSelf), line)
		}
	}
}
