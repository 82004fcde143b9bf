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
// promises of its documentation. A share's number is that of the generator which makes it.
func FuzzSplit(f *testing.F) {
	for seed := range uint64(40) {
		g := newGenerator(seed)
		vs := g.virtualService()
		f.Add([]byte(text(f, vs)), uint8(10), uint8(50))
		out, err := traffic.Split(vs, shop, g.share())
		require.NoError(f, err)
		f.Add([]byte(text(f, out)), uint8(seed), uint8(100))
	}
	f.Add([]byte(`{"spec":{"http":[{"route":[{"destination":{"host":"shop-canary.ns"},"weight":1e0}]}]}}`), uint8(1), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, a, b uint8) {
		var vs map[string]any
		if json.Unmarshal(data, &vs) != nil {
			return
		}
		shareA, shareB := newGenerator(uint64(a)).share(), newGenerator(uint64(b)).share()
		check(t, vs, shareA, shareB)
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		var numbers map[string]any
		require.NoError(t, decoder.Decode(&numbers))
		_, errFloat := traffic.Split(vs, shop, shareA)
		_, errNumber := traffic.Split(numbers, shop, shareA)
		assert.Equal(t, errFloat, errNumber)
	})
}

func check(t *testing.T, vs map[string]any, a, b traffic.Share) {
	t.Helper()
	was := text(t, vs)
	defer func() { assert.Equal(t, was, text(t, vs), "input changed") }()

	restored := traffic.Restore(vs, shop)
	leads := traffic.Leads(vs, shop)
	traffic.Delegates(vs)
	traffic.MirrorPolicy(vs, shop, "ours")
	assert.Equal(t, restored, traffic.Restore(restored, shop))
	view, err := traffic.Look(vs, shop)
	if err != nil {
		_, err = traffic.Split(vs, shop, a)
		require.Error(t, err)
		return
	}
	assert.Equal(t, view.Split, !assert.ObjectsAreEqual(vs, restored))
	assert.True(t, leads || !view.Split, "what is to be restored is found")

	split, err := traffic.Split(vs, shop, a)
	if err != nil {
		return
	}
	assert.Equal(t, restored, traffic.Restore(split, shop))
	again, err := traffic.Split(split, shop, a)
	require.NoError(t, err)
	assert.Equal(t, split, again)
	if to, err := traffic.Split(vs, shop, b); err == nil {
		then, err := traffic.Split(split, shop, b)
		require.NoError(t, err)
		assert.Equal(t, to, then)
	}
	for _, seen := range []map[string]any{split, jsonCopy(t, split)} { // and as a server gives it back
		view, err = traffic.Look(seen, shop)
		require.NoError(t, err)
		assert.Equal(t, a.Weight, view.Weight)
		if view.HTTP > 0 {
			assert.Equal(t, a.Header.String(), view.Header)
			assert.Equal(t, a.Mirror, view.Mirror)
			assert.Equal(t, a.Known && !view.Delegate, view.Known)
		}
	}
}
