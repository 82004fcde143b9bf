package podrunner

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
)

// claimPort is where a network holds a listener for each of its subnets, on the subnet's .255. The kernel gives the claim
// back when the process ends, however it ends.
const claimPort = 24400

// hostByte is the last byte of the address that a network keeps for its owner's own servers.
const hostByte = 254

// errNoSubnet is returned when no subnet of 127.244.0.0/16 can be claimed.
var errNoSubnet = errors.New("no subnet of 127.244.0.0/16 is free")

// Network hands out pod addresses. Several networks of several processes share 127.244.0.0/16 in subnets of 256
// addresses, each claimed by one network, so that control planes which run side by side never meet.
type Network struct {
	mu     sync.Mutex
	claims []net.Listener
	next   int      // subnet to try next
	free   []string // loopback addresses, least recently used first: a late client of a dead pod must not meet a new one
	host   string
}

// NewNetwork claims a first subnet.
func NewNetwork() (*Network, error) {
	n := &Network{}
	subnet, err := n.claim()
	if err != nil {
		return nil, err
	}
	n.host = fmt.Sprintf("127.244.%d.%d", subnet, hostByte)
	return n, nil
}

// Host is a loopback address that belongs to this network alone and to no pod: for the servers of whoever owns it.
func (n *Network) Host() string { return n.host }

// FreePort returns a TCP port of the host address on which nothing listens. As nobody else uses that address, only a
// program that listens on all addresses could take it in the meantime.
func (n *Network) FreePort() (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(n.host, "0"))
	if err != nil {
		return 0, fmt.Errorf("find a free port of %s: %w", n.host, err)
	}
	defer l.Close() //nolint:errcheck // nothing was sent
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Close gives all subnets back.
func (n *Network) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var errs []error
	for _, l := range n.claims {
		errs = append(errs, l.Close())
	}
	n.claims, n.free = nil, nil
	return errors.Join(errs...)
}

// acquire returns a loopback address that no living pod has.
func (n *Network) acquire() (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	// Addresses go round: with fewer than a subnet's worth waiting, take another subnet, if there is one, before an address
	// is used again so soon that a client may still hold it.
	if len(n.free) < 16 {
		if _, err := n.claim(); err != nil && len(n.free) == 0 {
			return "", err
		}
	}
	ip := n.free[0]
	n.free = n.free[1:]
	return ip, nil
}

// release gives an address back.
func (n *Network) release(ip string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.free = append(n.free, ip)
}

// claim takes the next unclaimed subnet and adds its addresses. The caller holds the lock, or is the only user.
func (n *Network) claim() (int, error) {
	var last error
	for ; n.next < 256; n.next++ {
		l, err := net.Listen("tcp", net.JoinHostPort(fmt.Sprintf("127.244.%d.255", n.next), strconv.Itoa(claimPort)))
		if err != nil {
			last = err // most likely another network's
			continue
		}
		n.claims = append(n.claims, l)
		for b := 1; b < hostByte; b++ {
			n.free = append(n.free, fmt.Sprintf("127.244.%d.%d", n.next, b))
		}
		n.next++
		return n.next - 1, nil
	}
	return 0, fmt.Errorf("%w (%w)", errNoSubnet, last)
}

// Loopback translates a pod's address in the API (10.244.a.b) to the one its server listens on (127.244.a.b). Any other
// address comes back unchanged.
func Loopback(podIP string) string {
	if rest, ok := strings.CutPrefix(podIP, "10.244."); ok {
		return "127.244." + rest
	}
	return podIP
}

// podAddress is the inverse of Loopback.
func podAddress(loopback string) string {
	return "10.244." + strings.TrimPrefix(loopback, "127.244.")
}
