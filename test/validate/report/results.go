// Package report owns the form of the results: the data, the criteria they have to meet, the tables and the pictures.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
)

// Results is what docs/analysis/results.json has.
type Results struct {
	// Alpha is the chance of a false abort that Sluice promises not to exceed.
	Alpha float64 `json:"alpha"`
	Null  []Null  `json:"null"`
	Power []Power `json:"power"`
}

// Null is one kind of healthy canary.
type Null struct {
	Name string `json:"name"`
	// Independent says that bad requests know nothing of each other, which is what the promise is about.
	Independent bool `json:"independent"`
	Tally
	// Peers are the peers' rules on the same requests, by name.
	Peers map[string]Tally `json:"peers,omitempty"`
	// Requests is the canary's number of requests per second, for the picture; 0: not part of it.
	Requests float64 `json:"-"`
}

// Tally is in how many of some runs a healthy canary was aborted.
type Tally struct {
	Runs        int `json:"runs"`
	FalseAborts int `json:"falseAborts"`
	// Upper95 is the upper 95 % bound of the share of false aborts (Clopper-Pearson, one-sided).
	Upper95 float64 `json:"upper95"`
}

// Power is one kind of canary that is to be aborted, or to be promoted.
type Power struct {
	Name string `json:"name"`
	// MedianRequests and P90Requests are how many requests the canary has had by then.
	MedianRequests Number `json:"medianRequests"`
	P90Requests    Number `json:"p90Requests"`
	// ReferenceMedian is that of an independent simulation of the same tests, null if there is none for this case.
	ReferenceMedian Number `json:"referenceMedian"`
	// IdealMedian is that of a test that is told the true share, on the same evidence.
	IdealMedian Number `json:"idealMedian"`
	// FailedRequests is how many of the canary's requests were bad by then, on average.
	FailedRequests Number          `json:"failedRequests"`
	Peers          map[string]Peer `json:"peers"`

	// Runs is how many there were, Aborted in what share of them there was a decision at all within the hour, Early in what share
	// there was one before the canary turned bad.
	Runs    int     `json:"-"`
	Aborted float64 `json:"-"`
	Early   float64 `json:"-"`
	Promote bool    `json:"-"`
	// Label is the name in the picture, empty: not part of it.
	Label string `json:"-"`
}

// Peer is how a peer's rule fares with a canary that is to be aborted.
type Peer struct {
	MedianRequests Number `json:"medianRequests"`
	P90Requests    Number `json:"p90Requests"`
	FailedRequests Number `json:"failedRequests"`
	// Aborted is in what share of the runs it was aborted within the hour, Early in what share before it turned bad.
	Aborted float64 `json:"aborted"`
	Early   float64 `json:"early"`
}

// Number is a number that may be infinite or missing; both are null in JSON.
type Number float64

// None is a missing number.
func None() Number { return Number(math.NaN()) }

// Known says that there is a finite number.
func (n Number) Known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON is the number, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known() {
		return []byte("null"), nil
	}
	return json.Marshal(math.Round(float64(n)*100) / 100)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = None()
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// String is the number, a dash if it is missing, and "never" if it is infinite.
func (n Number) String() string {
	switch {
	case math.IsNaN(float64(n)):
		return "–"
	case math.IsInf(float64(n), 0):
		return "never"
	default:
		return fmt.Sprintf("%.0f", float64(n))
	}
}

// Write writes the results as JSON.
func (r *Results) Write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("the results: %w", err)
	}
	return Save(path, append(data, '\n'))
}

// Read reads what Write has written.
func Read(path string) (*Results, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &Results{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Save writes a file anew.
func Save(path string, data []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
