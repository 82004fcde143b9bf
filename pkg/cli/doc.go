// Package cli is the kubectl plugin: its commands, flags, help texts and exit statuses.
//
// It reads Deployments, their records, ReplicaSets, pods and events with the rights of the one who calls it, and writes two things: the
// command annotation, and the pod template's restart mark. It decides nothing about a run: that is the controller's.
//
// The work is in the packages below: source reads, rollout puts together, explain and view say it in words and lines, command knows
// what a command means, terminal draws.
package cli
