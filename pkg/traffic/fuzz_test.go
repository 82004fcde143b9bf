package traffic_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

// FuzzSplit takes any JSON, with or without a canary in it: no panic, the input unchanged, and where Split accepts it, the
// promises of its documentation.
func FuzzSplit(f *testing.F) {
	for seed := range uint64(40) {
		vs := newGenerator(seed).virtualService()
		f.Add([]byte(text(f, vs)), uint8(10), uint8(50))
		out, err := traffic.Split(vs, shop, traffic.Share{Weight: 10})
		require.NoError(f, err)
		f.Add([]byte(text(f, out)), uint8(0), uint8(100))
	}
	f.Add([]byte(`{"spec":{"http":[{"route":[{"destination":{"host":"shop-canary.ns"},"weight":1e0}]}]}}`), uint8(1), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, a, b uint8) {
		var vs map[string]any
		if json.Unmarshal(data, &vs) != nil {
			return
		}
		check(t, vs, int(a%101), int(b%101))
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		var numbers map[string]any
		require.NoError(t, decoder.Decode(&numbers))
		_, errFloat := traffic.Split(vs, shop, traffic.Share{Weight: int(a % 101)})
		_, errNumber := traffic.Split(numbers, shop, traffic.Share{Weight: int(a % 101)})
		assert.Equal(t, errFloat, errNumber)
	})
}

func check(t *testing.T, vs map[string]any, a, b int) {
	t.Helper()
	was := text(t, vs)
	defer func() { assert.Equal(t, was, text(t, vs), "input changed") }()

	restored := traffic.Restore(vs, shop)
	traffic.Leads(vs, shop)
	traffic.MirrorPolicy(vs, shop, "ours")
	assert.Equal(t, restored, traffic.Restore(restored, shop))
	view, err := traffic.Look(vs, shop)
	if err != nil {
		_, err = traffic.Split(vs, shop, traffic.Share{Weight: a})
		require.Error(t, err)
		return
	}
	assert.Equal(t, view.Split, !assert.ObjectsAreEqual(vs, restored))

	split, err := traffic.Split(vs, shop, traffic.Share{Weight: a})
	if err != nil {
		return
	}
	assert.Equal(t, restored, traffic.Restore(split, shop))
	again, err := traffic.Split(split, shop, traffic.Share{Weight: a})
	require.NoError(t, err)
	assert.Equal(t, split, again)
	if to, err := traffic.Split(vs, shop, traffic.Share{Weight: b}); err == nil {
		then, err := traffic.Split(split, shop, traffic.Share{Weight: b})
		require.NoError(t, err)
		assert.Equal(t, to, then)
	}
	view, err = traffic.Look(split, shop)
	require.NoError(t, err)
	assert.Equal(t, a, view.Weight)
}
