package pictures

import (
	"fmt"
	"time"
)

// The form of the pictures of writes.
const (
	rowHeight = 24
	left      = 78 // of the first lane
	laneWidth = 98
	textLeft  = 676
	barLeft   = 946
	barWidth  = 110
	runWidth  = 1080
	headEnd   = 112
)

// drawRun draws a row for every write, in the object's lane, with the traffic from then on. Notes are told before the first write at or
// after a time.
func drawRun(title, description string, lanes []object, all []write, notes map[time.Duration]string) string {
	rows := len(all) + 1
	told := map[time.Duration]bool{}
	for _, w := range all {
		if _, is := notes[w.at]; is && !told[w.at] {
			told[w.at] = true
			rows++
		}
	}
	c := newCanvas(runWidth, headEnd+rows*rowHeight+18)
	head(c, title, lanes)
	y := headEnd
	c.text(left-14, y+5, "end", faint, 12, "0:00")
	c.dot(left+laneWidth/2+int(deployment)*laneWidth, y, green)
	c.text(textLeft, y+5, "start", ink, 13, "you push; paused in that very write")
	share(c, y, 0)
	clear(told)
	for _, w := range all {
		if note, is := notes[w.at]; is && !told[w.at] {
			told[w.at] = true
			y += rowHeight
			c.bar(left, y-9, textLeft-left-16, 18, ground)
			c.text(left+6, y+5, "start", faint, 13, "⋯ "+note)
		}
		y += rowHeight
		if w.at > 0 {
			c.text(left-14, y+5, "end", faint, 12, fmt.Sprintf("%d:%02d", int(w.at.Minutes()), int(w.at.Seconds())%60))
		}
		c.dot(left+laneWidth/2+int(w.lane)*laneWidth, y, colourOf(w))
		c.text(textLeft, y+5, "start", ink, 13, w.says)
		share(c, y, w.canary)
	}
	return c.svg(title, description)
}

// head has the lanes' names and lines.
func head(c *canvas, title string, lanes []object) {
	c.bold(24, 34, "start", ink, 17, title)
	for i, o := range lanes {
		x := left + laneWidth/2 + i*laneWidth
		c.bold(x, 66, "middle", ink, 13, o.kind)
		c.text(x, 83, "middle", faint, 12, o.name)
		c.line(x, 94, x, c.height-14, rule, 1, "")
	}
	c.bold(left-14, 66, "end", ink, 13, "min:s")
	c.bold(textLeft, 66, "start", ink, 13, "what is written")
	c.bold(barLeft, 66, "start", ink, 13, "traffic to")
	c.text(barLeft, 83, "start", blue, 12, "stable")
	c.text(barLeft+barWidth, 83, "end", amber, 12, "new version")
}

// colourOf is the canary's for what changes its pods or weights.
func colourOf(w write) string {
	switch w.lane {
	case virtualService, replicaSet:
		return amber
	case record, deployment, service, canaryService:
	}
	return ink
}

// share is the traffic: stable's from the left, the canary's from the right.
func share(c *canvas, y, canary int) {
	right := barWidth * canary / 100
	c.bar(barLeft, y-8, barWidth-right, 16, blue)
	c.bar(barLeft+barWidth-right, y-8, right, 16, amber)
	if canary > 0 {
		c.text(barLeft+barWidth-4, y+5, "end", ground, 11, fmt.Sprintf("%d %%", canary))
	}
}
