package dashboards

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository's, seen from here.
var root = filepath.Join("..", "..")

// board is a dashboard as it lies in the chart, read by what the tests need of it alone.
type board struct {
	File        string
	Title       string         `json:"title"`
	UID         string         `json:"uid"`
	Panels      []boardPanel   `json:"panels"`
	Links       []boardLink    `json:"links"`
	Templating  boardVariables `json:"templating"`
	Annotations boardMarkers   `json:"annotations"`
}

type boardPanel struct {
	ID          int           `json:"id"`
	Type        string        `json:"type"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Interval    string        `json:"interval"`
	Repeat      string        `json:"repeat"`
	Grid        boardGrid     `json:"gridPos"`
	Targets     []boardTarget `json:"targets"`
	Fields      struct {
		Defaults struct {
			NoValue string `json:"noValue"`
			Unit    string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
}

type boardGrid struct{ H, W, X, Y int }

type boardLink struct {
	URL string `json:"url"`
}

type boardTarget struct {
	Expr    string `json:"expr"`
	Instant bool   `json:"instant"`
	Range   bool   `json:"range"`
	Legend  string `json:"legendFormat"`
	RefID   string `json:"refId"`
}

type boardVariables struct {
	List []boardVariable `json:"list"`
}

type boardVariable struct {
	Name  string          `json:"name"`
	Type  string          `json:"type"`
	Query json.RawMessage `json:"query"`
}

// asked is the query of a variable; empty: its values are given.
func (v boardVariable) asked(t *testing.T) string {
	t.Helper()
	if v.Type != "query" {
		return ""
	}
	var query struct{ Query string }
	require.NoError(t, json.Unmarshal(v.Query, &query))
	return query.Query
}

type boardMarkers struct {
	List []boardMarker `json:"list"`
}

type boardMarker struct {
	Name    string `json:"name"`
	Expr    string `json:"expr"`
	BuiltIn int    `json:"builtIn"`
}

// files are the dashboards of the chart.
func files(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "charts", "sluice", "dashboards", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	slices.Sort(found)
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// boards are the dashboards of the chart.
func chartBoards(t *testing.T) []board {
	t.Helper()
	var all []board
	for _, path := range files(t) {
		b := board{File: filepath.Base(path)}
		require.NoError(t, json.Unmarshal([]byte(read(t, path)), &b), path)
		all = append(all, b)
	}
	return all
}
