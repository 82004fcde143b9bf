package controller

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// podIn is a pod of ReplicaSet shop-abc that was made at a time, with a status.
func podIn(t *testing.T, name, created, status string) *pod {
	t.Helper()
	p, err := asPod(parsed(t, `
apiVersion: v1
kind: Pod
metadata:
  namespace: ns
  name: `+name+`
  creationTimestamp: "2026-01-01T`+created+`Z"
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: shop-abc, uid: u, controller: true}]
status: `+status))
	require.NoError(t, err)
	return p
}

func TestPodsOfAVersionSinceTheRunBegan(t *testing.T) {
	t.Parallel()
	// The run began within second 12:00:00; what Kubernetes writes has no fractions.
	began := time.Date(2026, 1, 1, 12, 0, 0, 900, time.UTC)
	const (
		fine      = `{containerStatuses: [{name: app, restartCount: 0, state: {running: {}}}]}`
		restarted = `{containerStatuses: [{name: app, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff, message: back-off 40s}},
  lastState: {terminated: {exitCode: 137, reason: OOMKilled, finishedAt: "2026-01-01T12:05:00Z"}}}]}`
		once    = `{containerStatuses: [{name: app, restartCount: 1, state: {running: {}}, lastState: {terminated: {exitCode: 1, finishedAt: "2026-01-01T12:00:00Z"}}}]}`
		earlier = `{containerStatuses: [{name: app, restartCount: 7, lastState: {terminated: {exitCode: 1, finishedAt: "2026-01-01T11:59:59Z"}}}]}`
		noImage = `{containerStatuses: [{name: app, state: {waiting: {reason: ImagePullBackOff, message: "no such image"}}}]}`
		coming  = `{containerStatuses: [{name: app, state: {waiting: {reason: ContainerCreating}}}]}`
		initial = `{initContainerStatuses: [{name: migrate, restartCount: 2, lastState: {terminated: {exitCode: 2, reason: Error, finishedAt: "2026-01-01T12:01:00Z"}}}], containerStatuses: [{name: app, state: {waiting: {reason: PodInitializing}}}]}`
		nowhere = `{conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: "0/3 nodes have\n  enough memory"}]}`
	)
	for says, c := range map[string]struct {
		pods []*pod
		want strategy.Pods
	}{
		"none":                 {nil, strategy.Pods{}},
		"nothing is wrong":     {[]*pod{podIn(t, "shop-abc-1", "12:00:00", fine), podIn(t, "shop-abc-2", "12:00:01", coming)}, strategy.Pods{Count: 2}},
		"a container restarts": {[]*pod{podIn(t, "shop-abc-1", "12:00:00", restarted)}, strategy.Pods{Count: 1, Restarts: 3, Trouble: "pod shop-abc-1: container app: CrashLoopBackOff, restarted 3 times, last exit code 137 (OOMKilled)"}},
		"the worst one is named": {
			[]*pod{podIn(t, "shop-abc-1", "12:00:00", once), podIn(t, "shop-abc-2", "12:00:00", restarted), podIn(t, "shop-abc-3", "12:00:00", noImage)},
			strategy.Pods{Count: 3, Restarts: 4, Trouble: "pod shop-abc-2: container app: CrashLoopBackOff, restarted 3 times, last exit code 137 (OOMKilled)"},
		},
		"what was before the run doesn't count": {[]*pod{podIn(t, "shop-abc-1", "11:00:00", earlier)}, strategy.Pods{Count: 1}},
		"of an older pod only the last restart is known to be of the run": {
			[]*pod{podIn(t, "shop-abc-1", "11:00:00", restarted)},
			strategy.Pods{Count: 1, Restarts: 1, Trouble: "pod shop-abc-1: container app: CrashLoopBackOff, restarted once, last exit code 137 (OOMKilled)"},
		},
		"an image that can't be had": {[]*pod{podIn(t, "shop-abc-1", "12:00:00", noImage)}, strategy.Pods{Count: 1, Trouble: "pod shop-abc-1: container app: ImagePullBackOff: no such image"}},
		"an init container":          {[]*pod{podIn(t, "shop-abc-1", "12:00:00", initial)}, strategy.Pods{Count: 1, Restarts: 2, Trouble: "pod shop-abc-1: container migrate: restarted 2 times, last exit code 2 (Error)"}},
		"no node":                    {[]*pod{podIn(t, "shop-abc-1", "12:00:00", nowhere)}, strategy.Pods{Count: 1, Trouble: "pod shop-abc-1: 0/3 nodes have enough memory"}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, &c.want, podsOf(c.pods, "shop-abc", began))
			assert.Equal(t, &strategy.Pods{}, podsOf(c.pods, "shop-def", began), "another version's")
		})
	}
}
