package pictures

// panel is a moment of a run: who owns which pods, and where the traffic goes.
type panel struct {
	title, below string
	// toShop and toCanary are the shares of the routes' traffic.
	toShop, toCanary int
	// shop and canary are the versions that the two Services select.
	shop, canary version
	// pods of the old and the new version; owner of the new one.
	old, young int
	owner      string
}

type version int

const (
	v1 version = iota
	v2
	both // drawn for no arrow
)

// panels are the moments of a canary run of three pods.
func panels() []panel {
	return []panel{
		{title: "1 At rest", below: "a plain Deployment", toShop: 100, shop: v1, canary: both, old: 3},
		{title: "2 A step of 10 %", below: "held, and judged", toShop: 90, toCanary: 10, shop: v1, canary: v2, old: 3, young: 1, owner: "record"},
		{title: "3 All steps passed", below: "shop leads to the same pods", toShop: 100, shop: v2, canary: v2, old: 3, young: 3, owner: "record"},
		{title: "4 Handed over", below: "the judged pods stay", toShop: 100, shop: v2, canary: v2, young: 3, owner: "Deployment"},
	}
}

const (
	panelWidth = 264
	boxWidth   = 104
)

// drawOwners draws the panels side by side.
func drawOwners() string {
	c := newCanvas(panelWidth*len(panels())+16, 420)
	for i, p := range panels() {
		x := 8 + i*panelWidth
		if i > 0 {
			c.line(x, 20, x, 400, rule, 1, "")
		}
		p.draw(c, x)
	}
	return c.svg("Who owns which pods, and where the traffic goes",
		"Four moments of a canary run. At rest the Deployment owns stable's pods and all traffic goes there by Service shop. At 10 % the record "+
			"owns the canary's pod, which Service shop-canary leads to. When all steps have passed, shop leads to the canary's pods, still owned by the record. "+
			"In the end the Deployment owns these very pods and the old ones are gone.")
}

func (p panel) draw(c *canvas, x int) {
	leftX, rightX := x+70, x+panelWidth-70
	middle := x + panelWidth/2
	c.bold(x+16, 34, "start", ink, 15, p.title)
	c.text(x+16, 54, "start", faint, 13, p.below)
	node(c, middle, 84, "VirtualService", "", ink, "")
	c.text(middle-boxWidth/2-8, 88, "end", faint, 12, "users →")

	p.route(c, middle, leftX, p.toShop, p.colour(p.shop))
	node(c, leftX, 174, "shop", "Service", p.colour(p.shop), "")
	if p.toCanary > 0 {
		p.route(c, middle, rightX, p.toCanary, amber)
		node(c, rightX, 174, "shop-canary", "Service", amber, "")
	} else {
		node(c, rightX, 174, "shop-canary", "Service", faint, "4 3")
	}
	p.selects(c, leftX, rightX)
	replicas(c, leftX, "v1", p.old, blue, "no pods")
	replicas(c, rightX, "v2", p.young, amber, "not there yet")
	p.owns(c, leftX, rightX)
}

// route is an arrow from the VirtualService to a Service, as wide as its share.
func (p panel) route(c *canvas, from, to, share int, colour string) {
	c.arrow(from, 102, to, 155, colour, 1.5+float64(share)/25)
	c.text((from+to)/2+26*sign(to-from), 132, "middle", ink, 12, percent(share))
}

// selects are the arrows from the Services to the pods.
func (p panel) selects(c *canvas, leftX, rightX int) {
	at := map[version]int{v1: leftX, v2: rightX}
	c.arrow(leftX, 194, at[p.shop], 243, p.colour(p.shop), 1.5+float64(p.toShop)/25)
	if p.toCanary > 0 {
		c.arrow(rightX, 194, at[p.canary], 243, amber, 1.5+float64(p.toCanary)/25)
	}
}

func (p panel) owns(c *canvas, leftX, rightX int) {
	deployed, under := leftX, []int{leftX}
	if p.owner == "Deployment" {
		under = []int{leftX, rightX}
	}
	node(c, deployed, 374, "Deployment", "", ink, "")
	for _, x := range under {
		c.line(deployed, 356, x, 300, faint, 1.5, "")
	}
	if p.owner == "record" {
		node(c, rightX, 374, "record", "", ink, "")
		c.line(rightX, 356, rightX, 300, faint, 1.5, "")
	}
	c.text(deployed+8, 332, "start", faint, 12, "owns")
}

func (p panel) colour(v version) string {
	if v == v2 {
		return amber
	}
	return blue
}

// node is a box with a name, and its kind above.
func node(c *canvas, x, y int, name, kind, stroke, dashes string) {
	c.box(x-boxWidth/2, y-18, boxWidth, 36, stroke, ground, dashes)
	if kind == "" {
		c.text(x, y+5, "middle", ink, 13, name)
		return
	}
	c.text(x, y-3, "middle", faint, 11, kind)
	c.text(x, y+12, "middle", ink, 13, name)
}

// replicas is a ReplicaSet with a dot for each pod, and what is said where there is none.
func replicas(c *canvas, x int, version string, pods int, colour, none string) {
	stroke, dashes := colour, ""
	if pods == 0 {
		stroke, dashes = faint, "4 3"
	}
	c.box(x-boxWidth/2, 244, boxWidth, 56, stroke, ground, dashes)
	c.text(x, 262, "middle", faint, 11, "ReplicaSet "+version)
	for i := range pods {
		c.dot(x-18+i*18, 282, colour)
	}
	if pods == 0 {
		c.text(x, 286, "middle", faint, 12, none)
	}
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
