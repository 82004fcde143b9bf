// Package spec owns the words that users write and read: the annotations of a Deployment, parsed and validated into a Spec, and
// the names of conditions and events that answer them.
//
// It is pure: it decides nothing about a run, reads no clock and calls no API. Parse never guesses: a value that doesn't parse
// becomes a Problem that names the annotation, what was wrong and what would be right, and a Spec with problems starts nothing.
package spec
