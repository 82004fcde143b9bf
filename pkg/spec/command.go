package spec

import (
	"slices"
	"strings"
)

// Verb is what a command asks for.
type Verb string

// The verbs of AnnotationCommand.
const (
	// VerbApprove lets a run past a step that pauses.
	VerbApprove Verb = "approve"
	// VerbPromote lets a run past every hold and wait that is left. A failing gate still aborts.
	VerbPromote Verb = "promote"
	// VerbAbort sends all traffic back to stable.
	VerbAbort Verb = "abort"
	// VerbRetry runs an aborted version again.
	VerbRetry Verb = "retry"
	// VerbPause holds a run where it is until VerbResume.
	VerbPause Verb = "pause"
	// VerbResume ends VerbPause.
	VerbResume Verb = "resume"
)

// Command is a verb and the hash of the canary that it is meant for. A command for another canary has no effect, so that one
// that came back with an old manifest (kubectl rollout undo copies annotations) does no harm.
//
// A command is carried out once. Again, a third word, makes the same one a new one, and so does its absence where it was: a second
// approval is one write, for whoever can't take the first away before.
type Command struct {
	Verb  Verb
	Hash  string
	Again bool
}

// Mark tells a command from the one before it: the verb, and "again" where it says so.
func (c Command) Mark() Verb {
	if c.Again {
		return c.Verb + " " + again
	}
	return c.Verb
}

const again = "again"

const wantCommand = `a verb and the canary's hash, for example "abort 6f7d8c9b54"; verbs: approve, promote, abort, retry, pause, resume; ` +
	`a third word "again" gives the same command once more`

func parseCommand(value string) (Command, *Problem) {
	words := strings.Fields(value)
	if len(words) < 2 || len(words) > 3 || len(words) == 3 && words[2] != again {
		return Command{}, &Problem{Wrong: "not two words", Want: wantCommand}
	}
	c := Command{Verb: Verb(words[0]), Hash: words[1], Again: len(words) == 3}
	if !slices.Contains([]Verb{VerbApprove, VerbPromote, VerbAbort, VerbRetry, VerbPause, VerbResume}, c.Verb) {
		return Command{}, &Problem{Wrong: "unknown verb " + shown(words[0]), Want: wantCommand}
	}
	return c, nil
}
