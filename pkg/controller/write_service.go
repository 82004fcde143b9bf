package controller

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// pin sets or removes the pin and the mark of the user's Service in one write; everything else of it stays.
func (p *pass) pin(ctx context.Context, a strategy.Pin) error {
	// Null takes a field away.
	var hash, mark any
	if a.Hash != "" {
		hash, mark = a.Hash, p.key.Name
	}
	return p.patch(ctx, kindService(), p.caches.services, a.Service, a.ResourceVersion, map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{spec.AnnotationRunBy: mark}},
		"spec":     map[string]any{"selector": map[string]any{hashLabel: hash}},
	})
}

// ensureCanaryService makes the canary's Service with the ports and selector of the user's, pinned to one version.
func (p *pass) ensureCanaryService(ctx context.Context, a strategy.EnsureCanaryService) error {
	svc, ok := p.caches.services.get(p.key.Namespace, a.Service)
	if !ok || p.d == nil {
		return fmt.Errorf("%w: Service %s is gone", errStale, a.Service)
	}
	ports, err := portsJSON(svc)
	if err != nil {
		return err
	}
	selector := map[string]any{}
	for name, value := range traffic.Pin(svc.spec.Selector, a.Hash) {
		selector[name] = value
	}
	fields := map[string]any{"selector": selector, "ports": ports}
	if a.ResourceVersion != "" {
		return p.patch(ctx, kindService(), p.caches.services, a.Name, a.ResourceVersion, map[string]any{"spec": fields})
	}
	if svc.spec.ClusterIP == corev1.ClusterIPNone {
		fields["clusterIP"] = corev1.ClusterIPNone
	}
	return p.create(ctx, kindService(), p.caches.services, map[string]any{
		"metadata": map[string]any{
			"name":            a.Name,
			"labels":          map[string]any{spec.LabelManaged: "canary-service"},
			"ownerReferences": []any{ownedBy(kindDeployment(), p.d.Name, p.d.UID)},
		},
		"spec": fields,
	})
}

// deleteService deletes a Service that Sluice has made.
func (p *pass) deleteService(ctx context.Context, a strategy.DeleteService) error {
	svc, ok := p.caches.services.get(p.key.Namespace, a.Name)
	if !ok || svc.ResourceVersion != a.ResourceVersion {
		return fmt.Errorf("%w: Service %s has changed", errStale, a.Name)
	}
	return p.remove(ctx, kindService(), p.caches.services, svc)
}

// portsJSON are a Service's ports without the node ports, which belong to one Service alone.
func portsJSON(svc *service) ([]any, error) {
	ports := make([]any, 0, len(svc.spec.Ports))
	for i := range svc.spec.Ports {
		port := svc.spec.Ports[i]
		port.NodePort = 0
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&port)
		if err != nil {
			return nil, fmt.Errorf("port %d of Service %s: %w", port.Port, svc.Name, err)
		}
		ports = append(ports, object)
	}
	return ports, nil
}

// speaksGRPC says whether a port of a Service is one of gRPC by its name or its appProtocol, as Istio selects protocols
// (istio.io/docs/ops/configuration/traffic-management/protocol-selection).
func speaksGRPC(svc *service) bool {
	grpc := func(text string) bool { return text == "grpc" || strings.HasPrefix(text, "grpc-") }
	for i := range svc.spec.Ports {
		port := &svc.spec.Ports[i]
		if grpc(port.Name) || (port.AppProtocol != nil && grpc(*port.AppProtocol)) {
			return true
		}
	}
	return false
}

// portsOf is equal for two Services with the same ports.
func portsOf(svc *service) string {
	text := ""
	for i := range svc.spec.Ports {
		port := svc.spec.Ports[i]
		protocol := ""
		if port.AppProtocol != nil {
			protocol = *port.AppProtocol
		}
		text += fmt.Sprintf("%s/%s/%d/%s/%s;", port.Name, port.Protocol, port.Port, port.TargetPort.String(), protocol)
	}
	return text
}
