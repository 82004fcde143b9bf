package web

import (
	"fmt"
	"regexp"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// plain is a name that a shell takes for nothing else (an RFC 1123 subdomain, as Kubernetes has them). What is offered to be copied into
// a shell is made of nothing else.
var plain = regexp.MustCompile(`^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$`)

// commands are what a person can do now, the likeliest first.
func commands(r *watch.Rollout) []Command {
	if !plain.MatchString(r.Namespace) || !plain.MatchString(r.Name) {
		return []Command{}
	}
	command := func(verb, does string) Command {
		return Command{Line: fmt.Sprintf("kubectl sluice -n %s %s %s", r.Namespace, verb, r.Name), Does: does}
	}
	explains := command("explain", "why it is where it is, and what would change it")
	if r.Run == nil {
		return []Command{explains}
	}
	switch r.Run.Phase {
	case strategy.RunAborted:
		return []Command{command("retry", "judges the same version again"), explains}
	case strategy.RunAborting:
		return []Command{command("watch", "the same, live in a terminal"), explains}
	case strategy.RunPromoting:
		return []Command{command("watch", "the same, live in a terminal"), command("abort", "sends all traffic back to stable"), explains}
	case strategy.RunShifting:
	}
	var list []Command
	if r.Status.Reason == spec.ReasonApproval {
		list = append(list, command("approve", "lets it go on past this step"))
	}
	if r.Run.Paused {
		list = append(list, command("resume", "ends the pause"))
	} else {
		list = append(list, command("pause", "keeps it at this step; a gate that fails still aborts it"))
	}
	if !r.Run.Forced {
		list = append(list, command("promote", "goes on past every hold and wait; a failing gate still aborts"))
	}
	return append(list, command("abort", "sends all traffic back to stable at once"), explains)
}
