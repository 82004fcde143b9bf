package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/test/demo/observe"
)

// names are the versions of ReplicaSets by name, also of those that are no more: messages name ReplicaSets, people think in versions.
type names map[string]string

// learn remembers the present ReplicaSets.
func (n *names) learn(s observe.Snapshot) {
	if *n == nil {
		*n = names{}
	}
	for _, rs := range s.ReplicaSets {
		if version := observe.VersionOf(rs.Spec.Template.Spec); version != "" {
			(*n)[rs.Name] = version
		}
	}
}

// replace puts versions for the names in a message.
func (n names) replace(message string) string {
	for _, name := range slices.Sorted(maps.Keys(n)) {
		message = strings.ReplaceAll(message, name, n[name])
	}
	return message
}
