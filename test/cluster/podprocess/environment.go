package podprocess

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// environment is the container's, in its order, with references to earlier variables expanded.
func environment(pod *corev1.Pod, c *corev1.Container, podIP string) ([]string, map[string]string, error) {
	known := map[string]string{}
	list := make([]string, 0, len(c.Env))
	for _, v := range c.Env {
		value := expand(v.Value, known)
		if v.ValueFrom != nil {
			var err error
			if value, err = valueFrom(v.ValueFrom, pod, c, podIP); err != nil {
				return nil, nil, fmt.Errorf("variable %s: %w", v.Name, err)
			}
		}
		known[v.Name] = value
		list = append(list, v.Name+"="+value)
	}
	// Where the coverage of a binary built for it goes.
	if dir := os.Getenv(coverage); dir != "" {
		list = append(list, coverage+"="+dir)
	}
	return list, known, nil
}

// coverage names the variable by which a binary built with -cover knows where to write.
const coverage = "GOCOVERDIR"

// valueFrom is the value of a variable that is taken from the pod.
func valueFrom(from *corev1.EnvVarSource, pod *corev1.Pod, c *corev1.Container, podIP string) (string, error) {
	if ref := from.ResourceFieldRef; ref != nil {
		name, isLimit := strings.CutPrefix(ref.Resource, "limits.")
		quantity, set := c.Resources.Limits[corev1.ResourceName(name)]
		if !isLimit || !set || !ref.Divisor.IsZero() || (ref.ContainerName != "" && ref.ContainerName != c.Name) {
			return "", fmt.Errorf("resourceFieldRef %+v is not supported", *ref)
		}
		return strconv.FormatInt(quantity.Value(), 10), nil
	}
	if ref := from.FieldRef; ref != nil {
		value, known := map[string]string{
			"metadata.name": pod.Name, "metadata.namespace": pod.Namespace, "status.podIP": podIP,
			"spec.serviceAccountName": pod.Spec.ServiceAccountName,
		}[ref.FieldPath]
		if known {
			return value, nil
		}
	}
	return "", fmt.Errorf("source %+v is not supported", *from)
}

// expand replaces $(NAME) by the value of a variable that is known, as a kubelet does; $$(NAME) stands for $(NAME) itself.
func expand(text string, known map[string]string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if literal, is := strings.CutPrefix(rest, "$"); is {
			out.WriteByte('$')
			text = literal
			continue
		}
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "("), ")")
		value, is := known[name]
		switch {
		case strings.HasPrefix(rest, "(") && closed && is:
			out.WriteString(value)
			text = after
		default: // what is no reference stays as it is
			out.WriteByte('$')
			text = rest
		}
	}
}
