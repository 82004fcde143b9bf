package prometheus

import (
	"encoding/pem"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

func pemOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func TestPodNames(t *testing.T) {
	assert.Equal(t, "shop-new-", podPrefix("shop-new"))
	long := strings.Repeat("a", 57)
	assert.Equal(t, long+"-", podPrefix(long))
	assert.Equal(t, long+"b", podPrefix(long+"b"), "of 58 characters there is no room for the dash")
	assert.Equal(t, long+"b", podPrefix(long+"bcd-123"))

	for pod, want := range map[string]string{
		"shop-new-abc12": "shop-new-", "shop-new-abc1": "", "shop-new-a.c12": "", "shop-new-aBc12": "", "abc12": "", "": "",
	} {
		prefix, ok := prefixOf(pod)
		assert.Equal(t, want, prefix, pod)
		assert.Equal(t, want != "", ok, pod)
	}
}

func TestCheckName(t *testing.T) {
	for _, good := range []string{"a", "a-b", "a.b-1", "0"} {
		require.NoError(t, checkName(good))
	}
	for _, bad := range []string{"", "-a", "a-", "A", "a_b", `a"`, "a|b", "a\n", ".*", "ä"} {
		require.ErrorIs(t, checkName(bad), errName, bad)
	}
}

func askOf(namespace, canary, stable string) *ask {
	return &ask{run: newRun(identity{namespace: namespace, canary: canary, stable: stable})}
}

func TestScopeIsSortedAndQuoted(t *testing.T) {
	var s scope
	s.add(askOf("b", "x-2", "x-1"))
	s.add(askOf("a.c", "x-2", "x-0"))
	s.add(askOf("b", "", "x-1"))
	assert.Equal(t, `namespace=~"a\\.c|b",pod=~"(x-0-|x-1-|x-2-)[a-z0-9]{5}"`, s.matchers())
}

// Names are checked before, so this must never matter: whatever gets into a scope stays within its quotes and means itself.
func FuzzScope(f *testing.F) {
	f.Add("shop", "shop-new", "shop-old")
	f.Add(`"} or vector(1) #`, `a|.*`, "\\")
	f.Fuzz(func(t *testing.T, namespace, canary, stable string) {
		if canary == "" || stable == "" || !utf8.ValidString(namespace+" "+podPrefix(canary)+" "+podPrefix(stable)) {
			return // PromQL is UTF-8.
		}
		var s scope
		s.add(askOf(namespace, canary, stable))
		match, err := matchers(s.matchers())
		require.NoError(t, err)
		pod := podPrefix(canary) + "abcde"
		require.True(t, match(map[string]string{"namespace": namespace, "pod": pod}), s.matchers())
		require.False(t, match(map[string]string{"namespace": namespace + "x", "pod": pod}), s.matchers())
		require.False(t, match(map[string]string{"namespace": namespace, "pod": "x" + podPrefix(canary) + "x" + podPrefix(stable) + "abcde"}))
	})
}

func TestBounds(t *testing.T) {
	b := newBounds()
	for _, le := range []string{"0.1", "0.5", "1.0", "2.3", "+Inf", "NaN", "huge"} {
		b.add(analysis.Stable, "s", le)
	}
	for _, le := range []string{"0.5", "1", "1.0", "2.3", "-1", "0", "+Inf"} {
		b.add(analysis.Canary, "c", le)
	}
	for threshold, want := range map[float64]float64{
		.05: .5, .1: .5, .5: .5, .50000001: 1, 1: 1, 2.3: 2.3, 2.3000000000000003: 2.3, 2.2999999999999994: 2.3, 2.4: 0,
	} {
		assert.InDelta(t, want, b.choose(threshold), 0, "threshold %v", threshold)
	}
	assert.Equal(t, []string{"1", "1.0", "+Inf"}, b.buckets(1))
	assert.Zero(t, newBounds().choose(1))
}
