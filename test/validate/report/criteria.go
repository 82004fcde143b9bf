package report

import "fmt"

// The criteria of power: how much longer than the reference, and than the ideal test, it may take.
const (
	OverReference = 1.35
	OverIdeal     = 2
)

// Problems are the criteria that the results don't meet, a sentence each: of healthy canaries no more may be aborted than promised,
// as far as that can be known, and ill ones must be found nearly as fast as by the reference and by the ideal test.
func (r *Results) Problems() []string {
	var all []string
	for _, n := range r.Null {
		if n.Independent && n.Upper95 > r.Alpha {
			all = append(all, fmt.Sprintf("null: %s: %d false aborts in %d runs, which may be %.2f %%, more than %g %%",
				n.Name, n.FalseAborts, n.Runs, 100*n.Upper95, 100*r.Alpha))
		}
	}
	for _, p := range r.Power {
		if p.ReferenceMedian.Known() && !(p.MedianRequests <= OverReference*p.ReferenceMedian) {
			all = append(all, fmt.Sprintf("power: %s: %v requests, the reference needs %v", p.Name, p.MedianRequests, p.ReferenceMedian))
		}
		if !(p.MedianRequests <= OverIdeal*p.IdealMedian) {
			all = append(all, fmt.Sprintf("power: %s: %v requests, the ideal test needs %v", p.Name, p.MedianRequests, p.IdealMedian))
		}
	}
	return all
}
