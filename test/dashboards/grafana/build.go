package grafana

import "strings"

// columns of a dashboard.
const columns = 24

// Query adds a query over time. The legend may be empty: the labels then.
func (p *Panel) Query(legend, expr string) *Panel {
	p.Targets = append(p.Targets, Target{
		Datasource: Chosen(), EditorMode: "code", Expr: strings.TrimSpace(expr), Format: "time_series", Legend: legend, Range: true,
		RefID: string(rune('A' + len(p.Targets))),
	})
	return p
}

// Now adds a query for the end of the time range alone.
func (p *Panel) Now(legend, expr string) *Panel {
	p.Query(legend, expr)
	t := &p.Targets[len(p.Targets)-1]
	t.Instant, t.Range = true, false
	if p.Type == "table" {
		t.Format = "table"
	}
	return p
}

// Unit of the values, in Grafana's words, and the least that the axis begins with.
func (p *Panel) Unit(unit string) *Panel {
	p.Fields.Defaults.Unit = unit
	return p
}

// Between fixes the ends of the axis, or of a bar.
func (p *Panel) Between(least, most float64) *Panel {
	p.Fields.Defaults.Min, p.Fields.Defaults.Max = &least, &most
	return p
}

// From fixes the lower end of the axis alone.
func (p *Panel) From(least float64) *Panel {
	p.Fields.Defaults.Min = &least
	return p
}

// Decimals that are shown.
func (p *Panel) Decimals(n int) *Panel {
	p.Fields.Defaults.Decimals = &n
	return p
}

// Axis names the axis.
func (p *Panel) Axis(label string) *Panel {
	p.Fields.Defaults.Custom.AxisLabel = label
	return p
}

// Every is the least interval between two points: what is counted per interval needs two samples in it.
func (p *Panel) Every(interval string) *Panel {
	p.Interval = interval
	return p
}

// Colored gives all values a colour, and others from given values on.
func (p *Panel) Colored(base string, steps ...Step) *Panel {
	p.Fields.Defaults.Thresholds.Steps = append([]Step{{Color: base}}, steps...)
	return p
}

// From is a colour that begins at a value.
func From(value float64, color string) Step { return Step{Color: color, Value: &value} }

// Mapped gives values a text and a colour; the order is kept.
func (p *Panel) Mapped(values map[string]Mapped) *Panel {
	p.Fields.Defaults.Mappings = []Mapping{{Type: "value", Options: values}}
	return p
}

// Field changes the look of the series, or the column, of a name.
func (p *Panel) Field(name string, properties ...Property) *Panel {
	p.Fields.Overrides = append(p.Fields.Overrides, Override{Matcher: Matcher{ID: "byName", Options: name}, Properties: properties})
	return p
}

// FieldsLike changes the look of all whose name fits a regular expression.
func (p *Panel) FieldsLike(pattern string, properties ...Property) *Panel {
	p.Fields.Overrides = append(p.Fields.Overrides, Override{Matcher: Matcher{ID: "byRegexp", Options: "/" + pattern + "/"}, Properties: properties})
	return p
}

// Fixed is the colour of a series.
func Fixed(color string) Property {
	return Property{ID: "color", Value: Color{Mode: "fixed", Fixed: color}}
}

// Dashed draws a bound: a broken line without an area below.
func Dashed(color string) []Property {
	return []Property{
		Fixed(color),
		{ID: "custom.lineStyle", Value: LineStyle{Fill: "dash", Dash: []int{8, 6}}},
		{ID: "custom.fillOpacity", Value: 0},
		{ID: "custom.lineWidth", Value: 2},
	}
}

// UnitOf is the unit of a column.
func UnitOf(unit string) Property { return Property{ID: "unit", Value: unit} }

// Link makes a column's values links.
func Link(title, url string) Property {
	return Property{ID: "links", Value: []PanelLink{{Title: title, URL: url}}}
}

// Columns names a table's columns, in their order: pairs of the field and what it is called. All others are hidden by name.
func (p *Panel) Columns(hidden []string, pairs ...string) *Panel {
	index, names, exclude := map[string]int{}, map[string]string{}, map[string]bool{}
	for i := 0; i+1 < len(pairs); i += 2 {
		index[pairs[i]], names[pairs[i]] = i/2, pairs[i+1]
	}
	for _, name := range hidden {
		exclude[name] = true
	}
	p.Transformations = append(p.Transformations, Transformation{ID: "organize", Options: map[string]any{
		"excludeByName": exclude, "indexByName": index, "renameByName": names,
	}})
	return p
}

// Size is a panel's place in the layout.
type Size struct {
	W, H  int
	Panel *Panel
}

// Add lays panels out from the left to the right below what is there; a line ends where the next panel doesn't fit. A row takes a line of
// its own.
func (d *Dashboard) Add(sizes ...Size) {
	x, y, line := 0, d.bottom(), 0
	for _, s := range sizes {
		if x+s.W > columns {
			x, y, line = 0, y+line, 0
		}
		s.Panel.Grid, s.Panel.ID = Grid{X: x, Y: y, W: s.W, H: s.H}, len(d.Panels)+1
		d.Panels = append(d.Panels, s.Panel)
		x, line = x+s.W, max(line, s.H)
	}
}

// Section begins a row with panels.
func (d *Dashboard) Section(title string, sizes ...Size) {
	d.Add(Size{W: columns, H: 1, Panel: Row(title)})
	d.Add(sizes...)
}

// SectionPer begins a row that is there once for every value of a variable, with its panels. Another row must follow it.
func (d *Dashboard) SectionPer(variable, title string, sizes ...Size) {
	row := Row(title)
	row.Repeat = variable
	d.Add(Size{W: columns, H: 1, Panel: row})
	d.Add(sizes...)
}

func (d *Dashboard) bottom() int {
	y := 0
	for _, p := range d.Panels {
		y = max(y, p.Grid.Y+p.Grid.H)
	}
	return y
}
