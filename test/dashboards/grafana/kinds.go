package grafana

// Reduce says which value of a series is shown: the newest.
type Reduce struct {
	Calcs  []string `json:"calcs"`
	Fields string   `json:"fields"`
	Values bool     `json:"values"`
}

func newest() Reduce { return Reduce{Calcs: []string{"lastNotNull"}} }

// Legend below a panel.
type Legend struct {
	Calcs       []string `json:"calcs"`
	DisplayMode string   `json:"displayMode"`
	Placement   string   `json:"placement"`
	ShowLegend  bool     `json:"showLegend"`
}

func below() Legend {
	return Legend{Calcs: []string{}, DisplayMode: "list", Placement: "bottom", ShowLegend: true}
}

// Tooltip under the mouse.
type Tooltip struct {
	Mode string `json:"mode"`
	Sort string `json:"sort"`
}

// StatOptions are those of type stat.
type StatOptions struct {
	ColorMode     string `json:"colorMode"`
	GraphMode     string `json:"graphMode"`
	JustifyMode   string `json:"justifyMode"`
	Orientation   string `json:"orientation"`
	ReduceOptions Reduce `json:"reduceOptions"`
	TextMode      string `json:"textMode"`
	WideLayout    bool   `json:"wideLayout"`
}

// SeriesOptions are those of type timeseries.
type SeriesOptions struct {
	Legend  Legend  `json:"legend"`
	Tooltip Tooltip `json:"tooltip"`
}

// TimelineOptions are those of type state-timeline.
type TimelineOptions struct {
	AlignValue  string  `json:"alignValue"`
	Legend      Legend  `json:"legend"`
	MergeValues bool    `json:"mergeValues"`
	RowHeight   float64 `json:"rowHeight"`
	ShowValue   string  `json:"showValue"`
	Tooltip     Tooltip `json:"tooltip"`
}

// BarOptions are those of type bargauge.
type BarOptions struct {
	DisplayMode   string `json:"displayMode"`
	MinVizHeight  int    `json:"minVizHeight"`
	MinVizWidth   int    `json:"minVizWidth"`
	NamePlacement string `json:"namePlacement"`
	Orientation   string `json:"orientation"`
	ReduceOptions Reduce `json:"reduceOptions"`
	ShowUnfilled  bool   `json:"showUnfilled"`
	Sizing        string `json:"sizing"`
	ValueMode     string `json:"valueMode"`
}

// TableOptions are those of type table.
type TableOptions struct {
	CellHeight string      `json:"cellHeight"`
	ShowHeader bool        `json:"showHeader"`
	SortBy     []TableSort `json:"sortBy,omitempty"`
}

// TableSort is what the rows are sorted by.
type TableSort struct {
	Desc        bool   `json:"desc"`
	DisplayName string `json:"displayName"`
}

func panel(kind, title, description, empty string) *Panel {
	return &Panel{
		Type: kind, Title: title, Description: description, Datasource: Chosen(),
		Fields: &Fields{Overrides: []Override{}, Defaults: Field{
			NoValue: empty, Thresholds: Thresholds{Mode: "absolute", Steps: []Step{{Color: "text"}}},
		}},
	}
}

// Row is the heading of the panels that follow.
func Row(title string) *Panel {
	return &Panel{Type: "row", Title: title, Collapsed: new(bool), Panels: &[]*Panel{}}
}

// Stat shows one number, or one per series. empty is the text in place of data, in this and all that follow.
func Stat(title, description, empty string) *Panel {
	p := panel("stat", title, description, empty)
	p.Options = StatOptions{
		ColorMode: "value", GraphMode: "none", JustifyMode: "auto", Orientation: "auto", ReduceOptions: newest(), TextMode: "auto", WideLayout: true,
	}
	return p
}

// NamedStat shows the names of series in place of their values.
func NamedStat(title, description, empty string) *Panel {
	p := Stat(title, description, empty)
	p.Options = StatOptions{
		ColorMode: "value", GraphMode: "none", JustifyMode: "auto", Orientation: "auto", ReduceOptions: newest(), TextMode: "name", WideLayout: true,
	}
	return p
}

// Lines shows series over time.
func Lines(title, description, empty string) *Panel {
	p := panel("timeseries", title, description, empty)
	p.Options = SeriesOptions{Legend: below(), Tooltip: Tooltip{Mode: "multi", Sort: "desc"}}
	p.Fields.Defaults.Color = &Color{Mode: "palette-classic"}
	p.Fields.Defaults.Custom = &Custom{
		DrawStyle: "line", FillOpacity: 8, LineInterpolation: "linear", LineWidth: 1, ShowPoints: "auto", SpanNulls: new(bool),
	}
	return p
}

// Steps shows series that keep their value until the next sample.
func Steps(title, description, empty string) *Panel {
	p := Lines(title, description, empty)
	p.Fields.Defaults.Custom.LineInterpolation = "stepAfter"
	return p
}

// Bars shows counts per interval, one on top of the other.
func Bars(title, description, empty string) *Panel {
	p := Lines(title, description, empty)
	c := p.Fields.Defaults.Custom
	c.DrawStyle, c.FillOpacity, c.LineInterpolation, c.SpanNulls = "bars", 80, "", nil
	c.ShowPoints = "never"
	c.Stacking = &Stacking{Group: "A", Mode: "normal"}
	return p
}

// Timeline shows states over time, a line for each series.
func Timeline(title, description, empty string) *Panel {
	p := panel("state-timeline", title, description, empty)
	legend := below()
	legend.ShowLegend = false
	p.Options = TimelineOptions{
		AlignValue: "left", Legend: legend, MergeValues: true, RowHeight: 0.8, ShowValue: "auto", Tooltip: Tooltip{Mode: "single", Sort: "none"},
	}
	p.Fields.Defaults.Color = &Color{Mode: "thresholds"}
	p.Fields.Defaults.Custom = &Custom{FillOpacity: 75}
	return p
}

// Ranking shows the newest values as bars, one below the other.
func Ranking(title, description, empty string) *Panel {
	p := panel("bargauge", title, description, empty)
	p.Options = BarOptions{
		DisplayMode: "basic", MinVizHeight: 16, MinVizWidth: 8, NamePlacement: "auto", Orientation: "horizontal", ReduceOptions: newest(),
		ShowUnfilled: true, Sizing: "auto", ValueMode: "color",
	}
	p.Fields.Defaults.Color = &Color{Mode: "thresholds"}
	return p
}

// Table shows a line per series, joined from all queries.
func Table(title, description, empty string, sort ...TableSort) *Panel {
	p := panel("table", title, description, empty)
	p.Options = TableOptions{CellHeight: "sm", ShowHeader: true, SortBy: sort}
	p.Transformations = []Transformation{{ID: "merge", Options: map[string]any{}}}
	return p
}
