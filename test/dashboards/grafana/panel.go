package grafana

// Panel is one panel. Options are those of its type: see the constructors.
type Panel struct {
	Collapsed       *bool            `json:"collapsed,omitempty"`
	Datasource      *Source          `json:"datasource,omitempty"`
	Description     string           `json:"description,omitempty"`
	Fields          *Fields          `json:"fieldConfig,omitempty"`
	Grid            Grid             `json:"gridPos"`
	ID              int              `json:"id"`
	Interval        string           `json:"interval,omitempty"`
	Options         any              `json:"options,omitempty"`
	Panels          *[]*Panel        `json:"panels,omitempty"` // of a row that is closed; an open one has an empty list
	Repeat          string           `json:"repeat,omitempty"`
	Targets         []Target         `json:"targets,omitempty"`
	Title           string           `json:"title"`
	Transformations []Transformation `json:"transformations,omitempty"`
	Type            string           `json:"type"`
}

// Grid is where a panel is: 24 columns, and rows of 30 pixels.
type Grid struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// PanelLink is a link from a value.
type PanelLink struct {
	TargetBlank bool   `json:"targetBlank"`
	Title       string `json:"title"`
	URL         string `json:"url"`
}

// Target is one query.
type Target struct {
	Datasource *Source `json:"datasource"`
	EditorMode string  `json:"editorMode"`
	Expr       string  `json:"expr"`
	Format     string  `json:"format"`
	Instant    bool    `json:"instant"`
	Legend     string  `json:"legendFormat"`
	Range      bool    `json:"range"`
	RefID      string  `json:"refId"`
}

// Transformation works on the answers. Its options are as free as Grafana has them.
type Transformation struct {
	ID      string         `json:"id"`
	Options map[string]any `json:"options"`
}

// Fields says how values look.
type Fields struct {
	Defaults  Field      `json:"defaults"`
	Overrides []Override `json:"overrides"`
}

// Field is the look of values.
type Field struct {
	Color      *Color     `json:"color,omitempty"`
	Custom     *Custom    `json:"custom,omitempty"`
	Decimals   *int       `json:"decimals,omitempty"`
	Mappings   []Mapping  `json:"mappings,omitempty"`
	Max        *float64   `json:"max,omitempty"`
	Min        *float64   `json:"min,omitempty"`
	NoValue    string     `json:"noValue,omitempty"`
	Thresholds Thresholds `json:"thresholds"`
	Unit       string     `json:"unit,omitempty"`
}

// Color of a series.
type Color struct {
	Fixed string `json:"fixedColor,omitempty"`
	Mode  string `json:"mode"`
}

// Custom are the settings of time series and state timelines.
type Custom struct {
	AxisLabel         string     `json:"axisLabel,omitempty"`
	AxisSoftMin       *float64   `json:"axisSoftMin,omitempty"`
	DrawStyle         string     `json:"drawStyle,omitempty"`
	FillOpacity       int        `json:"fillOpacity"`
	LineInterpolation string     `json:"lineInterpolation,omitempty"`
	LineStyle         *LineStyle `json:"lineStyle,omitempty"`
	LineWidth         int        `json:"lineWidth"`
	ShowPoints        string     `json:"showPoints,omitempty"`
	SpanNulls         *bool      `json:"spanNulls,omitempty"`
	Stacking          *Stacking  `json:"stacking,omitempty"`
}

// LineStyle is solid or dash.
type LineStyle struct {
	Dash []int  `json:"dash,omitempty"`
	Fill string `json:"fill"`
}

// Stacking of bars.
type Stacking struct {
	Group string `json:"group"`
	Mode  string `json:"mode"`
}

// Mapping gives values a text and a colour.
type Mapping struct {
	Options map[string]Mapped `json:"options"`
	Type    string            `json:"type"`
}

// Mapped is how one value looks.
type Mapped struct {
	Color string `json:"color,omitempty"`
	Index int    `json:"index"`
	Text  string `json:"text"`
}

// Thresholds colour values. The first step has no value: it is the base.
type Thresholds struct {
	Mode  string `json:"mode"`
	Steps []Step `json:"steps"`
}

// Step begins at a value.
type Step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"`
}

// Override changes the look of some fields.
type Override struct {
	Matcher    Matcher    `json:"matcher"`
	Properties []Property `json:"properties"`
}

// Matcher says which fields.
type Matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

// Property is one setting of a field.
type Property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}
