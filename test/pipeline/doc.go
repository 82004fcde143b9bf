// Package pipeline holds what runs elsewhere to what is here: the workflows of .github name targets of the Makefile, files and versions of this
// repository, and keep the rules of a pipeline that nobody can misuse. actionlint (make lint) knows their grammar; this package knows ours.
//
// The scripts beside it are what the workflows run through the Makefile, so that people can run it too. Its tests run no workflow.
package pipeline
