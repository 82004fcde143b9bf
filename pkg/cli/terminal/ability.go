package terminal

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Ability is what can be shown.
type Ability struct {
	// Live says that there is a terminal whose lines can be drawn over.
	Live            bool
	Colour, Unicode bool
}

// Of tells the abilities of a file from what it is and from the environment.
func Of(f *os.File, getenv func(string) string) Ability {
	return ability(term.IsTerminal(int(f.Fd())), getenv)
}

func ability(isTerminal bool, getenv func(string) string) Ability {
	live := isTerminal && getenv("TERM") != "dumb" && getenv("TERM") != ""
	return Ability{
		Live: live,
		// https://no-color.org
		Colour:  live && getenv("NO_COLOR") == "",
		Unicode: !isTerminal || utf8(getenv),
	}
}

// utf8 looks at the locale as the C library does: the first of the three that is set counts.
func utf8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := getenv(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return false
}

// Width is how many columns a file has: those of the terminal, or what $COLUMNS says, or fallback.
func Width(f *os.File, getenv func(string) string, fallback int) int {
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	if width, err := strconv.Atoi(getenv("COLUMNS")); err == nil && width > 0 {
		return width
	}
	return fallback
}
