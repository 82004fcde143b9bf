package podrunner

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newNetwork(t *testing.T) *Network {
	t.Helper()
	n, err := NewNetwork()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, n.Close()) })
	return n
}

func TestNetworksShareNoAddress(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 3 {
		n := newNetwork(t)
		require.False(t, seen[n.Host()], n.Host())
		seen[n.Host()] = true
		for range 300 { // more than a subnet has
			ip, err := n.acquire()
			require.NoError(t, err)
			require.False(t, seen[ip], ip)
			seen[ip] = true
		}
	}
}

func TestNetworkUsesAnAddressAgainAsLateAsPossible(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	first, err := n.acquire()
	require.NoError(t, err)
	n.release(first)
	for range 200 {
		ip, err := n.acquire()
		require.NoError(t, err)
		require.NotEqual(t, first, ip)
		n.release(ip)
	}
}

func TestNetworkGivesItsSubnetBack(t *testing.T) {
	t.Parallel()
	n, err := NewNetwork()
	require.NoError(t, err)
	address := n.claims[0].Addr().String()
	require.NoError(t, n.Close())
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	require.NoError(t, listener.Close())
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "127.244.3.7", Loopback("10.244.3.7"))
	assert.Equal(t, "10.244.3.7", podAddress(Loopback("10.244.3.7")))
	assert.Equal(t, "10.0.0.1", Loopback("10.0.0.1"), "not a pod's")
	assert.Empty(t, Loopback(""))
}
