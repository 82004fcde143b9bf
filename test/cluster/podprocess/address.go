package podprocess

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster/podrunner"
)

var (
	// everywhere is the value of a flag that is a listen address for all interfaces.
	everywhere = regexp.MustCompile(`^(--?[a-z-]+=):(\d+)$`)
	// serviceURL is a URL whose host is a Service, with its namespace.
	serviceURL = regexp.MustCompile(`\bhttp://([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?:(\d+)`)
)

// reachable makes an argument mean on this machine what it means in a pod: its own address, and those of Services.
func (s sandbox) reachable(ctx context.Context, arg string) (string, error) {
	if m := everywhere.FindStringSubmatch(arg); m != nil {
		return m[1] + net.JoinHostPort(s.loopback, m[2]), nil
	}
	m := serviceURL.FindStringSubmatchIndex(arg)
	if m == nil {
		return arg, nil
	}
	address, err := s.endpoint(ctx, arg[m[4]:m[5]], arg[m[2]:m[3]], arg[m[6]:m[7]])
	if err != nil {
		return "", fmt.Errorf("argument %s: %w", arg, err)
	}
	return arg[:m[0]] + "http://" + address + arg[m[1]:], nil
}

// endpoint is a ready endpoint behind a Service's port.
func (s sandbox) endpoint(ctx context.Context, namespace, name, port string) (string, error) {
	client := s.runner.options.Client
	service, err := client.CoreV1().Services(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("service: %w", err)
	}
	var named *corev1.ServicePort
	for i := range service.Spec.Ports {
		if p := &service.Spec.Ports[i]; strconv.Itoa(int(p.Port)) == port {
			named = p
		}
	}
	if named == nil {
		return "", fmt.Errorf("service %s/%s has no port %s", namespace, name, port)
	}
	slices, err := client.DiscoveryV1().EndpointSlices(namespace).List(ctx, metav1.ListOptions{
		LabelSelector: discoveryv1.LabelServiceName + "=" + name,
	})
	if err != nil {
		return "", fmt.Errorf("endpoints: %w", err)
	}
	for i := range slices.Items {
		for _, p := range slices.Items[i].Ports {
			for _, e := range slices.Items[i].Endpoints {
				if p.Name != nil && *p.Name == named.Name && p.Port != nil && e.Conditions.Ready != nil && *e.Conditions.Ready {
					return net.JoinHostPort(podrunner.Loopback(e.Addresses[0]), strconv.Itoa(int(*p.Port))), nil
				}
			}
		}
	}
	return "", fmt.Errorf("service %s/%s has no ready endpoint", namespace, name)
}
