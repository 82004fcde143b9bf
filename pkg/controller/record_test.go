package controller

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestRecordComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)
	record := strategy.Record{
		Stable: strategy.Ref{Name: "shop-a", Hash: "a"}, Runs: 3,
		Run: &strategy.Run{
			Number: 3, ID: "b-3-1", Template: "f", Canary: strategy.Ref{Name: "shop-b", Hash: "b"},
			Stable: strategy.Ref{Name: "shop-a", Hash: "a"}, Service: "shop", Phase: strategy.RunShifting,
			Weight: 10, WeightAt: at, FirstAt: at, Since: at, StartedAt: at,
			Weights: []strategy.WeightChange{{At: at, Weight: 10, Reason: spec.ReasonWeight}},
		},
	}
	text, err := writeRecord(record)
	require.NoError(t, err)
	read, problem := readRecord(&configMap{
		ObjectMeta: metav1.ObjectMeta{UID: "u", ResourceVersion: "7"}, data: map[string]string{strategy.RecordKey: text},
	})
	require.Empty(t, problem)
	record.UID, record.ResourceVersion = "u", "7"
	assert.Equal(t, &record, read, "to the nanosecond: a verdict is matched with its step by time")
}

func TestRecordThatCantBeReadInFullIsAProblem(t *testing.T) {
	t.Parallel()
	run := `"id":"b-1","canary":{"name":"shop-b","hash":"b"},"stable":{"name":"shop-a","hash":"a"},"service":"shop"`
	for sentence, c := range map[string]struct{ text, want string }{
		"no JSON":                            {`{`, "unexpected EOF"},
		"a field of a later version":         {`{"stable":{"name":"a","hash":"b"},"later":1}`, `unknown field "later"`},
		"a phase that nobody knows":          {`{"run":{` + run + `,"phase":"Dancing"}}`, `unknown phase "Dancing"`},
		"a weight that is none":              {`{"run":{` + run + `,"phase":"Shifting","weight":101}}`, "weight 101"},
		"a run without a canary":             {`{"run":{"id":"b","phase":"Shifting","service":"shop"}}`, "without its id, its service, or a canary"},
		"a time that is none":                {`{"run":{` + run + `,"phase":"Shifting","since":"yesterday"}}`, "yesterday"},
		"a number where a text should stand": {`{"stable":{"name":7}}`, "cannot unmarshal number"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			record, problem := readRecord(&configMap{data: map[string]string{strategy.RecordKey: c.text}})
			assert.Nil(t, record)
			assert.Contains(t, problem, c.want)
		})
	}
	_, problem := readRecord(&configMap{})
	assert.Contains(t, problem, strategy.RecordKey, "a ConfigMap without the key")
}

func FuzzReadRecord(f *testing.F) {
	f.Add(`{"stable":{"name":"shop-a","hash":"a"},"runs":1,"run":{"phase":"Shifting"}}`)
	f.Add(strings.Repeat("[", 10000))
	f.Fuzz(func(t *testing.T, text string) {
		record, problem := readRecord(&configMap{data: map[string]string{strategy.RecordKey: text}})
		assert.Equal(t, problem != "", record == nil)
	})
}
