package backtest

import (
	"fmt"
	"strings"
)

// foot writes the summary and the legend.
func (r *Report) foot(b *strings.Builder) {
	s := &r.Summary
	if s.Rollouts == 0 {
		b.WriteString("No roll-outs were found.\n")
		return
	}
	text := fmt.Sprintf("%s, %s judged: with steps %d aborted, %d promoted, %d undecided.", counted(s.Rollouts, "roll-out"),
		number(float64(s.Replayed)), s.Aborted, s.Promoted, s.Undecided)
	b.WriteString(wrap("", text))
	if s.Aborted+s.Missed > 0 {
		b.WriteString(wrap("", fmt.Sprintf("Of the aborts: %d that you took out as well, %d that stayed, %s. Rolled back by you and not "+
			"caught: %d.", s.Caught, s.Stayed, counted(s.FalseAlarms, "false alarm"), s.Missed)))
	}
	s.Failed.write(b, "Failed")
	s.Slow.write(b, "Slow")
	if s.Replayed > 0 {
		b.WriteString("\n" + legend)
	}
}

func (s *Saved) write(b *strings.Builder, what string) {
	if s.Excess > 0 {
		b.WriteString(wrap("", fmt.Sprintf("%s requests beyond the old versions' share: %s; saved with steps %s, as it happened %s.",
			what, number(s.Excess), number(s.SavedWithSteps), number(s.SavedAsItHappened))))
	}
}

// legend explains the words of the text, in lines of at most 80 columns.
const legend = `How to read this
  steps    an estimate: the requests of both versions together, and each
           version's share of bad ones, as they were; but the new version gets
           the weight of each step, and never more evidence than there really
           was. Where the old version's pods were gone already, it is taken to
           have gone on as in the ten minutes before the roll-out.
  as was   the gates on the traffic as it was, while Kubernetes replaced the
           pods. Once the old ones are gone there is nothing to compare with.
  after    since the new version's first sample, until the verdict: one scrape
           after the evidence for it.
  failed   answered with an error (slow: not within the latency bound) by the
           new version, from its start until it was gone, at most 6 hours; if
           all was well, only while it was replayed. "More than the old
           version's share": than as many requests to the old version would
           have (the larger of its shares before and during), and more than
           chance makes of it.
  saved    of these, those after the traffic would have been back with the old
           version, 12 s after the verdict. With steps: less those that the
           new version would have failed at the weights before.
`
