// Package command owns what the commands to a run mean for the one who gives them: whether there is anything to give one to, what is
// said of it, and when it has had its effect.
//
// It is pure. What a command does is the controller's business alone: pkg/spec has the verbs, pkg/strategy carries them out.
package command
