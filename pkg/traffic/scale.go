package traffic

// The scale of a route's weights; the package comment has the table and why reading always finds what writing chose.

// scaleToWrite says by how much a route's weights are multiplied so that a canary of that weight has a whole number.
func scaleToWrite(r *route, weight int64) int64 {
	total, exact := r.total(), true
	for i := range r.dests {
		if r.dests[i].kind == service && r.dests[i].weight()*weight%100 != 0 {
			exact = false
		}
	}
	switch hundreds := allDivisible(r, 100); {
	case total == 1:
		return 10000
	case hundreds && total == 100:
		return 1
	case hundreds:
		return 100
	case exact:
		return 1
	}
	return 100
}

// scaleRead says by how much a route's weights were multiplied, once each canary's weight is back with its Service's.
func scaleRead(r *route) int64 {
	switch total := r.total(); {
	case total == 100 || !allDivisible(r, 100):
		return 1
	case total == 10000 && allDivisible(r, 10000):
		return 10000
	}
	return 100
}

func allDivisible(r *route, by int64) bool {
	for i := range r.dests {
		if r.dests[i].weight()%by != 0 {
			return false
		}
	}
	return true
}
