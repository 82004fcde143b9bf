package docs

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// inline is code within a line of prose; placeholder is what the reader fills in.
var (
	inline      = regexp.MustCompile("`([^`]+)`")
	placeholder = regexp.MustCompile(`<[^>]*>|…`)
)

// Commands in prose have no world to be run in. That they are commands, with flags that are known, is asked of the program itself.
func TestInlineCommandsAreCommands(t *testing.T) {
	t.Parallel()
	checked := map[string]bool{}
	for _, p := range pages(t) {
		// A command may go on in the next line.
		for _, found := range inline.FindAllStringSubmatch(strings.Join(prose(p), " "), -1) {
			command, _, _ := strings.Cut(placeholder.ReplaceAllString(found[1], "x"), "|")
			if !isCommand(command) || checked[command] || strings.Contains(command, "$(") {
				continue
			}
			checked[command] = true
			if elsewhere()[strings.Fields(command)[0]] != "" || strings.HasPrefix(command, "kubectl argo ") {
				continue // the latter is a plugin of Argo's
			}
			t.Run(p.path+": "+command, func(t *testing.T) {
				t.Parallel()
				out, err := asked(t, command).CombinedOutput()
				assert.NoError(t, err, "%s", out)
			})
		}
	}
	assert.Greater(t, len(checked), 20)
}

// asked is a command that says what it would do, and does nothing.
func asked(t *testing.T, command string) *exec.Cmd {
	t.Helper()
	if strings.HasPrefix(command, "make ") {
		command = strings.Replace(command, "make ", "make -n ", 1)
	} else {
		command += " --help"
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "PATH="+string(programs)+":"+os.Getenv("PATH"))
	return cmd
}
