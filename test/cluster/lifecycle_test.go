package cluster_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/cluster"
)

// inventory is what a running cluster consists of.
type inventory struct {
	Dir  string
	PIDs []int
}

func inventoryOf(c *cluster.Cluster) inventory {
	i := inventory{Dir: c.Dir()}
	for _, p := range c.Processes() {
		i.PIDs = append(i.PIDs, p.PID)
	}
	return i
}

// clusterChild runs a cluster in a process of its own, tells what it consists of and waits to be killed.
func clusterChild(ctx context.Context) int {
	c, err := cluster.Start(ctx, cluster.Options{Log: os.Stderr})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer c.Stop()
	if err := json.NewEncoder(os.Stdout).Encode(inventoryOf(c)); err != nil {
		return 1
	}
	<-ctx.Done()
	c.Stop()
	if _, err := c.Kubectl(context.WithoutCancel(ctx), "version"); err == nil {
		return 1 // a stopped cluster starts nothing more
	}
	fmt.Println("stopped")
	return 0
}

// startClusterChild starts such a process and returns what it consists of.
func startClusterChild(t *testing.T) (*exec.Cmd, *bufio.Reader, inventory) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, childFlag+"cluster")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	reader := bufio.NewReader(out)
	line, err := reader.ReadBytes('\n')
	require.NoError(t, err)
	var i inventory
	require.NoError(t, json.Unmarshal(line, &i))
	require.Len(t, i.PIDs, 4, "etcd, kube-apiserver, kube-controller-manager, prometheus")
	require.DirExists(t, i.Dir)
	for _, pid := range i.PIDs {
		require.True(t, alive(pid))
	}
	return cmd, reader, i
}

// alive says whether a process runs; one that is only waited for by its parent doesn't.
func alive(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "stat"))
	if err != nil {
		return false
	}
	var (
		id    int
		name  string
		state byte
	)
	_, err = fmt.Sscanf(string(stat), "%d %s %c", &id, &name, &state)
	return err != nil || state != 'Z'
}

// requireGone waits until the kernel has ended all processes.
func requireGone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		require.Eventually(t, func() bool { return !alive(pid) }, 10*time.Second, 10*time.Millisecond, "process %d", pid)
	}
}

func TestInterruptLeavesNothing(t *testing.T) {
	t.Parallel()
	cmd, out, i := startClusterChild(t)
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "stopped\n", line)
	for _, pid := range i.PIDs {
		assert.False(t, alive(pid), "process %d", pid)
	}
	assert.NoDirExists(t, i.Dir)
	require.NoError(t, cmd.Wait())
}

func TestKilledParentLeavesNoProcessAndTheNextStartRemovesItsFolder(t *testing.T) {
	t.Parallel()
	cmd, _, i := startClusterChild(t)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	requireGone(t, i.PIDs)

	// A start that fails for another reason has swept before.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := cluster.Start(ctx, cluster.Options{})
	require.ErrorIs(t, err, context.Canceled)
	assert.NoDirExists(t, i.Dir)
	assert.DirExists(t, shared.Dir(), "that of a living process")
}

func TestFailedStartTellsWhyAndLeavesNothing(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	script := "#!/bin/sh\necho \"$1 cannot go on\"\nexit 3\n"
	for _, name := range []string{"controlplane", "prometheus"} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700))
	}
	dir := t.TempDir()
	_, err := cluster.Start(t.Context(), cluster.Options{BinDir: bin, Dir: dir})
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "cannot go on")
	assert.DirExists(t, dir, "a folder that was given stays")

	_, err = cluster.Start(t.Context(), cluster.Options{BinDir: t.TempDir()})
	require.ErrorContains(t, err, "make tools")
}
