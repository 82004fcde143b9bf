package controller

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// readRecord reads a record; what can't be read in full is a problem in words, never a record with parts missing.
func readRecord(c *configMap) (*strategy.Record, string) {
	text, ok := c.data[strategy.RecordKey]
	if !ok {
		return nil, fmt.Sprintf("has no key %q", strategy.RecordKey)
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	// A field that this version doesn't know was written by a later one: its meaning can't be guessed.
	decoder.DisallowUnknownFields()
	var record strategy.Record
	if err := decoder.Decode(&record); err != nil {
		return nil, fmt.Sprintf("key %q: %s", strategy.RecordKey, err)
	}
	if problem := record.Check(); problem != "" {
		return nil, fmt.Sprintf("key %q: %s", strategy.RecordKey, problem)
	}
	record.UID, record.ResourceVersion = string(c.UID), c.ResourceVersion
	return &record, ""
}

func writeRecord(record strategy.Record) (string, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return "", fmt.Errorf("record: %w", err)
	}
	return string(text), nil
}
