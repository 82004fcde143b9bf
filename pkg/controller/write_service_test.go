package controller

import (
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
)

func TestAServiceSpeaksGRPCByThePortThatSaysSo(t *testing.T) {
	t.Parallel()
	protocol := func(name string) *string { return &name }
	for says, c := range map[string]struct {
		ports []corev1.ServicePort
		want  bool
	}{
		"no ports":                    {nil, false},
		"http":                        {[]corev1.ServicePort{{Name: "http"}, {Name: "http-grpc"}}, false},
		"a name":                      {[]corev1.ServicePort{{Name: "http"}, {Name: "grpc"}}, true},
		"a name with a suffix":        {[]corev1.ServicePort{{Name: "grpc-orders"}}, true},
		"a word that begins like it":  {[]corev1.ServicePort{{Name: "grpcweb"}}, false},
		"an appProtocol":              {[]corev1.ServicePort{{Name: "api", AppProtocol: protocol("grpc")}}, true},
		"an appProtocol of something": {[]corev1.ServicePort{{Name: "api", AppProtocol: protocol("http")}}, false},
	} {
		assert.Equal(t, c.want, speaksGRPC(&service{spec: corev1.ServiceSpec{Ports: c.ports}}), says)
	}
}
