// Package pictures draws the pictures of docs/concepts.md: a run and an abort write by write, as the scenarios of pkg/strategy have them;
// who owns which pods and where the traffic goes; and the evidence of two canaries, as pkg/analysis weighs it.
//
// It owns how they look. What they say comes from where it is tested, so that no picture says what isn't so. `go test ./test/pictures
// -update` draws them anew.
package pictures
