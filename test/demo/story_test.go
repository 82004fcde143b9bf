package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster/podrunner"
)

func TestStory(t *testing.T) {
	parsed := spec.Parse(annotations())
	require.Empty(t, parsed.Problems)
	var steps []int
	for _, step := range parsed.Steps {
		steps = append(steps, step.Weight)
	}
	serving := "v1"
	for _, r := range story() {
		assert.Equal(t, serving, r.from, "every run begins with what serves")
		assert.Equal(t, steps[:len(r.weights)], r.weights, "weights are the first steps of the annotation")
		_, err := podrunner.ParseBehaviour(r.env)
		require.NoError(t, err)
		if r.result == promoted {
			serving = r.to
			assert.Empty(t, r.gate)
		} else {
			assert.NotEmpty(t, r.gate)
		}
	}
}

func TestFlags(t *testing.T) {
	var out bytes.Buffer
	s, err := parse([]string{"-keep", "-plain", "-out", "x.json", "-controller", "c"}, &out)
	require.NoError(t, err)
	assert.Equal(t, settings{controller: "c", keep: true, out: "x.json", plain: true}, s)
	_, err = parse([]string{"word"}, &out)
	require.ErrorContains(t, err, "word")
	_, err = parse([]string{"-nonsense"}, &out)
	require.Error(t, err)
}

func TestNotesAreHeldBack(t *testing.T) {
	var out bytes.Buffer
	n := &notes{out: &out}
	write := func(s string) {
		_, err := n.Write([]byte(s))
		require.NoError(t, err)
	}
	write("a")
	n.hold()
	write("b")
	assert.Equal(t, "a", out.String())
	n.release()
	write("c")
	assert.Equal(t, "abc", out.String())
}
