package pictures

import (
	"fmt"
	"html"
	"strings"
)

// The colours. The pictures have a ground of their own, so that they can be read on pages of any colour.
const (
	ground = "#ffffff"
	ink    = "#1f2328"
	faint  = "#59636e"
	rule   = "#d1d9e0"
	blue   = "#0969da" // stable
	amber  = "#bc4c00" // canary
	red    = "#cf222e"
	green  = "#1a7f37"
)

// canvas is an SVG under way.
type canvas struct {
	width, height int
	body          strings.Builder
}

func newCanvas(width, height int) *canvas { return &canvas{width: width, height: height} }

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.body, format+"\n", args...) }

// text writes a line; anchor is start, middle or end.
func (c *canvas) text(x, y int, anchor, colour string, size int, s string) {
	c.add(`<text x="%d" y="%d" text-anchor="%s" fill="%s" font-size="%d">%s</text>`, x, y, anchor, colour, size, html.EscapeString(s))
}

func (c *canvas) bold(x, y int, anchor, colour string, size int, s string) {
	c.add(`<text x="%d" y="%d" text-anchor="%s" fill="%s" font-size="%d" font-weight="600">%s</text>`, x, y, anchor, colour, size, html.EscapeString(s))
}

func (c *canvas) line(x1, y1, x2, y2 int, colour string, width float64, dashes string) {
	c.add(`<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="%g" stroke-dasharray="%s"/>`, x1, y1, x2, y2, colour, width, dashes)
}

// arrow is a line with a head.
func (c *canvas) arrow(x1, y1, x2, y2 int, colour string, width float64) {
	c.add(`<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="%g" marker-end="url(#%s)"/>`, x1, y1, x2, y2, colour, width, heads()[colour])
}

func (c *canvas) box(x, y, width, height int, stroke, fill, dashes string) {
	c.add(`<rect x="%d" y="%d" width="%d" height="%d" rx="6" stroke="%s" fill="%s" stroke-width="1.5" stroke-dasharray="%s"/>`,
		x, y, width, height, stroke, fill, dashes)
}

func (c *canvas) bar(x, y, width, height int, fill string) {
	c.add(`<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`, x, y, width, height, fill)
}

func (c *canvas) dot(x, y int, fill string) {
	c.add(`<circle cx="%d" cy="%d" r="6" fill="%s"/>`, x, y, fill)
}

// heads are the names of the arrow heads.
func heads() map[string]string {
	return map[string]string{blue: "blue", amber: "amber", faint: "faint"}
}

// svg is the finished picture; title and description are read to those who don't see it.
func (c *canvas) svg(title, description string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" `, c.width, c.height, c.width, c.height)
	fmt.Fprintf(&b, "font-family=\"-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif\">\n<title>%s</title>\n<desc>%s</desc>\n<defs>\n",
		html.EscapeString(title), html.EscapeString(description))
	for _, colour := range []string{blue, amber, faint} {
		fmt.Fprintf(&b, `<marker id="%s" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">`+
			"<path d=\"M0 0L10 5L0 10z\" fill=\"%s\"/></marker>\n", heads()[colour], colour)
	}
	fmt.Fprintf(&b, "</defs>\n<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"%s\" stroke=\"%s\"/>\n", c.width-1, c.height-1, ground, rule)
	return b.String() + c.body.String() + "</svg>\n"
}
