package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	istioapi "istio.io/api/networking/v1"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// App is an application as a developer would write it: a Deployment, a Service and, if wanted, a VirtualService.
type App struct {
	Namespace      string
	Name           string            // of all objects, and the value of the label app; default "shop"
	Replicas       int32             // default 3
	Version        string            // answered in the header X-Version, and the image's tag; default "v1"
	Image          string            // default registry.example/<name>:<version>; one with "missing" in it can't be pulled
	Env            map[string]string // how its pods behave: see podrunner.Behaviour
	Annotations    map[string]string // of the Deployment
	PodAnnotations map[string]string // of the template

	ProgressDeadlineSeconds int32 // default: Kubernetes' own, 600
	MinReadySeconds         int32
	VirtualService          bool // that leads the host <name> to the Service
	Unscraped               bool // its port isn't named http, so that Prometheus knows of it only what the mesh tells
}

// appPort is where the container listens, servicePort where the Service does.
const (
	appPort     = 8080
	servicePort = 80
)

// withDefaults fills in what is absent.
func (a App) withDefaults() App {
	a.Name = cmp.Or(a.Name, "shop")
	a.Replicas = cmp.Or(a.Replicas, 3)
	a.Version = cmp.Or(a.Version, "v1")
	a.Image = cmp.Or(a.Image, "registry.example/"+a.Name+":"+a.Version)
	return a
}

// Deployment of the application.
func (a App) Deployment() *appsv1.Deployment {
	a = a.withDefaults()
	labels := map[string]string{"app": a.Name}
	env := []corev1.EnvVar{{Name: "VERSION", Value: a.Version}}
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		env = append(env, corev1.EnvVar{Name: name, Value: a.Env[name]})
	}
	port := "http"
	if a.Unscraped {
		port = "web"
	}
	d := &appsv1.Deployment{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: a.Namespace, Name: a.Name, Labels: labels, Annotations: a.Annotations,
		},
		Spec: appsv1.DeploymentSpec{
			Replicas:        &a.Replicas,
			MinReadySeconds: a.MinReadySeconds,
			Selector:        &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: a.PodAnnotations},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "app", Image: a.Image, Env: env,
					Ports: []corev1.ContainerPort{{Name: port, ContainerPort: appPort}},
				}}},
			},
		},
	}
	if a.ProgressDeadlineSeconds != 0 {
		d.Spec.ProgressDeadlineSeconds = &a.ProgressDeadlineSeconds
	}
	return d
}

// Service of the application: port 80, named http, to the container's.
func (a App) Service() *corev1.Service {
	a = a.withDefaults()
	labels := map[string]string{"app": a.Name}
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: metav1.ObjectMeta{Namespace: a.Namespace, Name: a.Name, Labels: labels},
		Spec: corev1.ServiceSpec{
			Selector: labels,
			Ports:    []corev1.ServicePort{{Name: "http", Port: servicePort, TargetPort: intstr.FromInt32(appPort)}},
		},
	}
}

// IstioVirtualService leads the Service's host to the Service, in the plainest form.
func (a App) IstioVirtualService() *istiov1.VirtualService {
	a = a.withDefaults()
	return &istiov1.VirtualService{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.istio.io/v1", Kind: "VirtualService"},
		ObjectMeta: metav1.ObjectMeta{Namespace: a.Namespace, Name: a.Name},
		Spec: istioapi.VirtualService{
			Hosts: []string{a.Name},
			Http: []*istioapi.HTTPRoute{{
				Route: []*istioapi.HTTPRouteDestination{{Destination: &istioapi.Destination{Host: a.Name}}},
			}},
		},
	}
}

// Apply does what a developer does for the first version and for each later one: kubectl apply with all objects.
func (a App) Apply(ctx context.Context, c *Cluster) error {
	objects := []runtime.Object{a.Service(), a.Deployment()}
	if a.VirtualService {
		objects = append(objects, a.IstioVirtualService())
	}
	return c.Apply(ctx, objects...)
}

// Deploy applies the application and waits until Kubernetes has rolled it out.
func (a App) Deploy(ctx context.Context, c *Cluster) (*appsv1.Deployment, error) {
	if err := a.Apply(ctx, c); err != nil {
		return nil, err
	}
	a = a.withDefaults()
	return WaitFor(ctx, c, a.Namespace, a.Name, RolledOut)
}

// RolledOut says whether all pods of a Deployment are of its template and available.
func RolledOut(d *appsv1.Deployment) bool {
	s := d.Status
	return s.ObservedGeneration >= d.Generation && s.Replicas == *d.Spec.Replicas &&
		s.UpdatedReplicas == s.Replicas && s.AvailableReplicas == s.Replicas
}

// Apply runs kubectl apply as the developer. Objects need their kind and apiVersion.
func (c *Cluster) Apply(ctx context.Context, objects ...runtime.Object) error {
	list, err := manifest(objects)
	if err != nil {
		return err
	}
	_, err = c.KubectlAs(ctx, Developer, list, "apply", "-f", "-")
	return err
}

// manifest renders objects as one would write them: without a status, which apply would take for a wish.
func manifest(objects []runtime.Object) (string, error) {
	items := make([]map[string]any, 0, len(objects))
	for _, object := range objects {
		text, err := json.Marshal(object)
		if err != nil {
			return "", fmt.Errorf("manifest: %w", err)
		}
		item := map[string]any{}
		if err := json.Unmarshal(text, &item); err != nil {
			return "", fmt.Errorf("manifest: %w", err)
		}
		delete(item, "status")
		items = append(items, item)
	}
	list, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	if err != nil {
		return "", fmt.Errorf("manifest: %w", err)
	}
	return string(list), nil
}
