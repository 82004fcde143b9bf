package docs

import (
	"context"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ours are the programs that are run; utilities those of every Unix; perhaps are run where they are installed.
func ours() []string {
	return []string{"kubectl", "controller", ".bin/controller", "kubectl-sluice", ".bin/kubectl-sluice", "helm", "promtool", "make"}
}

func utilities() []string {
	return []string{
		"sh", "break", "cat", "cd", "cp", "cut", "diff", "echo", "export", "env", "false", "for", "do", "done", "if", "then", "fi", "else", "grep", "head", "ls",
		"mkdir", "printf", "read", "rm", "sed", "sleep", "sort", "tail", "tee", "test", "tr", "true", "uniq", "wc", "while", "xargs", "[",
	}
}

func perhaps() []string {
	return []string{"awk", "base64", "curl", "git", "jq", "openssl", "python3", "tar", "sha256sum"}
}

// commandsOf splits a block into commands: lines, joined where one goes on.
func commandsOf(ctx context.Context, t require.TestingT, text string) []string {
	var commands []string
	pending := ""
	for line := range strings.Lines(text) {
		pending += line
		if strings.TrimSpace(pending) == "" || isOnlyComment(pending) {
			pending = ""
			continue
		}
		if goesOn(ctx, pending) {
			continue
		}
		commands = append(commands, strings.TrimSuffix(pending, "\n"))
		pending = ""
	}
	require.Empty(t, pending, "a command that doesn't end")
	return commands
}

func isOnlyComment(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "#") }

// heredoc begins a text that goes on until a line with the word.
var heredoc = regexp.MustCompile(`<<-?\s*['"]?(\w+)['"]?`)

// goesOn says whether a command isn't at its end: the line is continued, the text isn't over, or the shell says so.
func goesOn(ctx context.Context, command string) bool {
	if strings.HasSuffix(command, "\\\n") {
		return true
	}
	if found := heredoc.FindStringSubmatch(command); found != nil && !strings.Contains(command, "\n"+found[1]+"\n") {
		return true
	}
	return exec.CommandContext(ctx, "sh", "-n", "-c", command).Run() != nil
}

// quoted is what the shell takes as it stands; marks are where a command begins anew.
var (
	quoted     = regexp.MustCompile(`'[^']*'|"(?:[^"\\]|\\.)*"|\\.`)
	arithmetic = regexp.MustCompile(`\$\(\([^)]*\)\)`)
	marks      = regexp.MustCompile(`[|&;(){}]+|\$\(`)
	assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=\S*$`)
	remark     = regexp.MustCompile(`(^|\s)#.*`)
)

// programsIn are the first words of all parts of a command.
func programsIn(command string) []string {
	if at := heredoc.FindStringIndex(command); at != nil {
		first, _, _ := strings.Cut(command[at[1]:], "\n")
		command = command[:at[0]] + first
	}
	command = strings.ReplaceAll(command, "\\\n", " ")
	command = quoted.ReplaceAllString(arithmetic.ReplaceAllString(command, "N"), "Q")
	var words []string
	for line := range strings.Lines(command) {
		for _, part := range marks.Split(remark.ReplaceAllString(line, ""), -1) {
			fields := strings.Fields(part)
			for len(fields) > 0 && (assignment.MatchString(fields[0]) || slices.Contains([]string{"!", "do", "then", "else"}, fields[0])) {
				fields = fields[1:]
			}
			if len(fields) > 0 {
				words = append(words, fields[0])
			}
		}
	}
	return words
}

// isCommand says whether a line begins as a command does.
func isCommand(line string) bool {
	words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "$ "))
	return len(words) > 1 && (slices.Contains(ours(), words[0]) || elsewhere()[words[0]] != "")
}

func TestCommandsAreSplit(t *testing.T) {
	t.Parallel()
	text := "# why\none --a \\\n  --b   # c\n\ntwo <<'EOF' | three\nx: y\nEOF\nfor i in a b; do\n  four $i\ndone\n"
	assert.Equal(t, []string{
		"one --a \\\n  --b   # c", "two <<'EOF' | three\nx: y\nEOF", "for i in a b; do\n  four $i\ndone",
	}, commandsOf(t.Context(), t, text))
	for command, programs := range map[string][]string{
		"A=b one 'two | three' && four | five": {"one", "four", "five"},
		"one $(two x)":                         {"one", "two"},
		"one # two; three":                     {"one"},
		"i=$((i+1)); one":                      {"one"},
	} {
		assert.Equal(t, programs, programsIn(command), command)
	}
}
