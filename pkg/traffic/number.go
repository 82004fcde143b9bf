package traffic

import (
	"encoding/json"
	"math"
	"strconv"
)

// whole reads a whole number of any type that JSON is decoded to.
func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case int32:
		return int64(n), true
	case float64:
		return wholeFloat(n)
	case json.Number:
		if i, err := n.Int64(); err == nil {
			return i, true
		}
		f, err := n.Float64()
		if err != nil {
			return 0, false
		}
		return wholeFloat(f)
	}
	return 0, false
}

// wholeFloat refuses what a float64 can't tell from its neighbours, and with it infinities and NaN.
func wholeFloat(f float64) (int64, bool) {
	const exact = 1 << 53
	if f != math.Trunc(f) || f < -exact || f > exact {
		return 0, false
	}
	return int64(f), true
}

// like gives n the type that the user's number was decoded to, so that what is restored equals what was there in type too.
// Without such a number it is an int64, as in unstructured objects. n is a weight: within 0 and math.MaxInt32.
func like(user any, n int64) any {
	switch user.(type) {
	case int:
		return int(n)
	case int32:
		return int32(n)
	case float64:
		return float64(n)
	case json.Number:
		return json.Number(strconv.FormatInt(n, 10))
	}
	return n
}
