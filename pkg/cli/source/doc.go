// Package source reads roll-outs from the API server, once or again after every change.
//
// It needs no more rights than the built-in role view has, and writes nothing.
package source
