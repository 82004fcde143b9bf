package mesh

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHosts(t *testing.T) {
	const shop = "shop.prod.svc.cluster.local"
	for sentence, test := range map[string]struct{ got, want string }{
		"a rule's short name is in the rule's namespace":            {ruleHost("shop", "prod"), shop},
		"a rule's name with a dot is literal, as in Istio":          {ruleHost("shop.prod", "dev"), "shop.prod"},
		"a rule's full name stays":                                  {ruleHost(shop, "dev"), shop},
		"a rule's star stays":                                       {ruleHost("*", "dev"), "*"},
		"a caller's short name is in the caller's namespace":        {calledHost("shop", "prod"), shop},
		"a caller's name with namespace is searched in the cluster": {calledHost("shop.prod", "dev"), shop},
		"a caller's name with svc is searched in the cluster":       {calledHost("shop.prod.svc", "dev"), shop},
		"a caller's full name stays":                                {calledHost(shop, "dev"), shop},
		"a caller's rooted name loses its dot":                      {calledHost(shop+".", "dev"), shop},
		"a name outside the cluster stays":                          {calledHost("a.b.example.com", "dev"), "a.b.example.com"},
		"a pod is dialled on the loopback interface":                {dialAddress("10.244.3.7"), "127.244.3.7"},
		"any other address is dialled as it is":                     {dialAddress("10.96.0.1"), "10.96.0.1"},
	} {
		t.Run(sentence, func(t *testing.T) {
			assert.Equal(t, test.want, test.got)
		})
	}
}

func TestSplitHostPort(t *testing.T) {
	for called, want := range map[string]struct {
		name string
		port int32
	}{
		"shop":       {"shop", 0},
		"shop:8080":  {"shop", 8080},
		"shop:http":  {"shop", 0},
		"shop:70000": {"shop", 0},
	} {
		t.Run(called, func(t *testing.T) {
			name, port := splitHostPort(called)
			assert.Equal(t, want.name, name)
			assert.Equal(t, want.port, port)
		})
	}
}
