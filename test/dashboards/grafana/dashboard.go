// Package grafana is the part of Grafana's dashboard JSON that Sluice's dashboards use, and nothing else of it.
//
// The form is that of Grafana 11 (schemaVersion 39), which 12 and 13 load and migrate; the names are those of the npm package
// @grafana/schema. Whether they are used rightly is checked against that schema itself, in test/dashboards. It knows nothing of Sluice.
package grafana

// schemaVersion of Grafana 11. Later versions migrate upwards; none migrates downwards.
const schemaVersion = 39

// Dashboard is one dashboard without an id: Grafana gives it one, and takes the UID, which links rely on, from here.
type Dashboard struct {
	Annotations  Annotations     `json:"annotations"`
	Description  string          `json:"description"`
	Editable     bool            `json:"editable"`
	GraphTooltip int             `json:"graphTooltip"` // 1: one crosshair in all panels
	Links        []DashboardLink `json:"links"`
	Panels       []*Panel        `json:"panels"`
	Refresh      string          `json:"refresh"`
	Schema       int             `json:"schemaVersion"`
	Tags         []string        `json:"tags"`
	Templating   Templating      `json:"templating"`
	Time         TimeRange       `json:"time"`
	Timezone     string          `json:"timezone"`
	Title        string          `json:"title"`
	UID          string          `json:"uid"`
}

// New is a dashboard with the panels laid out, with one crosshair for all its panels.
func New(uid, title, description string) *Dashboard {
	return &Dashboard{
		UID: uid, Title: title, Description: description, Editable: true, GraphTooltip: 1, Schema: schemaVersion,
		Tags: []string{"sluice"}, Refresh: "30s", Timezone: "browser",
	}
}

// TimeRange is what is shown at first.
type TimeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// DashboardLink is a link in the head of a dashboard.
type DashboardLink struct {
	AsDropdown  bool     `json:"asDropdown"`
	Icon        string   `json:"icon"`
	IncludeVars bool     `json:"includeVars"`
	KeepTime    bool     `json:"keepTime"`
	Tags        []string `json:"tags"`
	TargetBlank bool     `json:"targetBlank"`
	Title       string   `json:"title"`
	Tooltip     string   `json:"tooltip"`
	Type        string   `json:"type"`
	URL         string   `json:"url"`
}

// Source is where data comes from. It is always the one that the person has chosen.
type Source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// Chosen is the Prometheus that the variable datasource names.
func Chosen() *Source { return &Source{Type: "prometheus", UID: "${datasource}"} }

// Templating has the variables.
type Templating struct {
	List []Variable `json:"list"`
}

// Variable is one that the person can choose. Query is a string for datasources and constants, a VariableQuery for what Prometheus is
// asked for.
type Variable struct {
	AllValue    string   `json:"allValue,omitempty"`
	Current     *Option  `json:"current"`
	Datasource  *Source  `json:"datasource,omitempty"`
	Description string   `json:"description,omitempty"`
	Hide        int      `json:"hide"`
	IncludeAll  bool     `json:"includeAll"`
	Label       string   `json:"label"`
	Multi       bool     `json:"multi"`
	Name        string   `json:"name"`
	Options     []Option `json:"options"`
	Query       any      `json:"query"`
	Refresh     int      `json:"refresh"` // 1: when the dashboard is loaded; 2: also when the time range changes
	Sort        int      `json:"sort"`    // 1: by the alphabet
	Type        string   `json:"type"`
}

// VariableQuery asks Prometheus for the values of a label.
type VariableQuery struct {
	Kind  int    `json:"qryType"` // 1: label_values
	Query string `json:"query"`
	RefID string `json:"refId"`
}

// Option is a value that a variable can have. Text and Value are lists in a variable that can have several.
type Option struct {
	Selected bool `json:"selected"`
	Text     any  `json:"text"`
	Value    any  `json:"value"`
}

// unset is the choice of a variable of which nothing was chosen: Grafana takes its default, or the first value that it finds.
func unset() *Option { return &Option{Text: "", Value: ""} }

// Datasources is the variable that every query depends on.
func Datasources() Variable {
	return Variable{
		Name: "datasource", Label: "Prometheus", Type: "datasource", Query: "prometheus", Refresh: 1, Options: []Option{}, Current: unset(),
		Description: "The Prometheus that scrapes the controller and the application.",
	}
}

// LabelValues is a variable whose values are those of a label.
func LabelValues(name, label, query, description string) Variable {
	return Variable{
		Name: name, Label: label, Description: description, Type: "query", Datasource: Chosen(),
		Query: VariableQuery{Kind: 1, Query: query, RefID: "PrometheusVariableQueryEditor-VariableQuery"}, Refresh: 2, Sort: 1, Options: []Option{},
		Current: unset(),
	}
}

// WithAll lets several values, or all, be chosen; all is what it begins with. allValue is what stands for them in queries: empty means the
// values that there are, one beside the other.
func (v Variable) WithAll(allValue string) Variable {
	v.Multi, v.IncludeAll, v.AllValue = true, true, allValue
	v.Current = &Option{Selected: true, Text: []string{"All"}, Value: []string{"$__all"}}
	return v
}

// Choice is a variable with given values, of which the one at begin is chosen at first.
func Choice(name, label, description string, begin int, values ...string) Variable {
	v := Variable{Name: name, Label: label, Description: description, Type: "custom"}
	text := ""
	for i, value := range values {
		v.Options = append(v.Options, Option{Selected: i == begin, Text: value, Value: value})
		if i > 0 {
			text += ","
		}
		text += value
	}
	v.Query, v.Current = text, &v.Options[begin]
	return v
}

// Annotations has the markers.
type Annotations struct {
	List []Marker `json:"list"`
}

// Marker draws a line at points in time, in every panel with a time axis. With UseValueForTime these are the values of the query, in
// milliseconds of Unix time. Of those of one series less than Step apart Grafana makes one.
type Marker struct {
	Datasource      *Source       `json:"datasource"`
	Enable          bool          `json:"enable"`
	Expr            string        `json:"expr,omitempty"`
	Hide            bool          `json:"hide"`
	IconColor       string        `json:"iconColor"`
	Name            string        `json:"name"`
	Step            string        `json:"step,omitempty"`
	TagKeys         string        `json:"tagKeys,omitempty"`
	TextFormat      string        `json:"textFormat,omitempty"`
	TitleFormat     string        `json:"titleFormat,omitempty"`
	UseValueForTime bool          `json:"useValueForTime,omitempty"`
	BuiltIn         int           `json:"builtIn,omitempty"`
	Type            string        `json:"type,omitempty"`
	Target          *MarkerTarget `json:"target,omitempty"`
}

// MarkerTarget is the query of Grafana's own annotations.
type MarkerTarget struct {
	Limit    int      `json:"limit"`
	MatchAny bool     `json:"matchAny"`
	Tags     []string `json:"tags"`
	Type     string   `json:"type"`
}

// Own are the annotations that people make by hand, which Grafana expects every dashboard to name.
func Own() Marker {
	return Marker{
		BuiltIn: 1, Datasource: &Source{Type: "grafana", UID: "-- Grafana --"}, Enable: true, Hide: true, IconColor: "rgba(0, 211, 255, 1)",
		Name: "Annotations & Alerts", Type: "dashboard", Target: &MarkerTarget{Limit: 100, Tags: []string{}, Type: "dashboard"},
	}
}

// At draws markers at the times that a query has as values, in milliseconds.
func At(name, color, title, text, expr string) Marker {
	return Marker{
		Name: name, IconColor: color, TitleFormat: title, TextFormat: text, Expr: expr, Datasource: Chosen(), Enable: true, Step: "1s",
		UseValueForTime: true,
	}
}
