// Package explain says in plain words why a roll-out is where it is, with its numbers, and what would change it.
//
// It owns a sentence for every reason that the controller or a gate can give; a test walks over all of them, so that no new reason
// goes without one. It is pure, and claims nothing that the objects don't say.
package explain
