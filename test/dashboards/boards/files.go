package boards

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sluice-dev/sluice/test/dashboards/grafana"
)

// File is a dashboard and the name of its file.
type File struct {
	Name      string
	Dashboard *grafana.Dashboard
}

// Files are all dashboards.
func Files() []File {
	return []File{{"rollouts.json", Rollouts()}, {"rollout-analysis.json", Analysis()}}
}

// JSON is the file's text. Signs of PromQL stay readable: the file is read by people, not put into a page.
func (f File) JSON() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(f.Dashboard); err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", f.Name, err)
	}
	return text.Bytes(), nil
}
