package mesh

import (
	"net"
	"strconv"
	"strings"
)

// clusterDomain is the DNS suffix of Services; the embedded control plane has no other.
const clusterDomain = "cluster.local"

// fqdn is the full host name of a Service.
func fqdn(namespace, name string) string {
	return name + "." + namespace + ".svc." + clusterDomain
}

// ruleHost resolves a host name written in a VirtualService of the given namespace. As in Istio (ResolveShortnameToFQDN) only a
// name without a dot is short; "shop.prod" is taken literally and so names no Service.
func ruleHost(host, namespace string) string {
	if host == "" || host == "*" || strings.Contains(host, ".") {
		return host
	}
	return fqdn(namespace, host)
}

// calledHost resolves a host name as a client in the namespace would: through the DNS search domains of its pod.
func calledHost(host, namespace string) string {
	host = strings.TrimSuffix(host, ".")
	switch parts := strings.Split(host, "."); {
	case len(parts) == 1:
		return fqdn(namespace, host)
	case len(parts) == 2:
		return fqdn(parts[1], parts[0])
	case len(parts) == 3 && parts[2] == "svc":
		return host + "." + clusterDomain
	default:
		return host
	}
}

// splitHostPort separates the port of a called host; 0 when none is given or it is no number.
func splitHostPort(host string) (name string, port int32) {
	name, text, err := net.SplitHostPort(host)
	if err != nil {
		return host, 0
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return name, 0
	}
	return name, int32(number)
}

// dialAddress is where the server of a pod address listens. EndpointSlices refuse loopback addresses, so the pods of the embedded
// control plane are 10.244.a.b in the API and listen on 127.244.a.b.
func dialAddress(address string) string {
	if rest, ok := strings.CutPrefix(address, "10.244."); ok {
		return "127.244." + rest
	}
	return address
}
