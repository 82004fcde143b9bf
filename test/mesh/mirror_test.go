package mesh

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

func TestCopiesGoWhereTheRouteMirrorsThem(t *testing.T) {
	for sentence, test := range map[string]struct {
		route string
		want  int // of a hundred requests
	}{
		"none":                    {``, 0},
		"all, where nothing else": {`, mirrors: [{destination: {host: shop-canary}}]`, 100},
		"a tenth":                 {`, mirrors: [{destination: {host: shop-canary}, percentage: {value: 10}}]`, 10},
		"in the older form":       {`, mirror: {host: shop-canary}, mirrorPercentage: {value: 25}`, 25},
	} {
		t.Run(sentence, func(t *testing.T) {
			rules := []*networkingv1.VirtualService{virtualService(t, "prod", "a", time.Hour,
				`spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}]`+test.route+`}]}`)}
			table := NewTable(shopObjects(rules...))
			copies := 0
			for n := range 100 {
				d := table.Route(Request{Namespace: "prod", Host: "shop", Path: "/"}, func(of int) int { return n * of / 100 })
				assert.Equal(t, "shop", d.Service)
				for _, to := range d.Mirrors {
					assert.Equal(t, "shop-canary", to.Service)
					copies++
				}
			}
			assert.Equal(t, test.want, copies)
		})
	}
}
