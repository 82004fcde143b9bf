package view

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// count writes 12034 as 12,034.
func count(n int64) string {
	if n < 0 {
		return "-" + count(-n)
	}
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// clock writes 67 s as 1:07.
func clock(d time.Duration) string {
	s := int(d.Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// latency writes 7 ms and 1.2 s.
func latency(d time.Duration) string {
	switch {
	case d <= 0:
		return "-"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}

func percent(share float64, decimals int) string {
	return fmt.Sprintf("%.*f %%", decimals, 100*share)
}

// String is as in "1.2/2.5": how far the logarithm has come.
func (e Evidence) String() string {
	if math.IsInf(e.Log10E, 0) || math.IsNaN(e.Log10E) {
		return fmt.Sprintf("-/%.1f", e.Log10Limit)
	}
	decimals := 1
	if math.Abs(e.Log10E) >= 100 {
		decimals = 0
	}
	// Rounded down: what is not reached must not look as if it were.
	scale := math.Pow(10, float64(decimals))
	return fmt.Sprintf("%.*f/%.1f", decimals, math.Floor(e.Log10E*scale)/scale, e.Log10Limit)
}

// reached is how much of the limit there is, 0 to 1.
func (e Evidence) reached() float64 {
	if !(e.Log10Limit > 0) || !(e.Log10E > 0) {
		return 0
	}
	return math.Min(1, e.Log10E/e.Log10Limit)
}

// weights writes 10 → 50 → 100.
func weights(list []int) string {
	words := make([]string, 0, len(list))
	for _, w := range list {
		words = append(words, strconv.Itoa(w))
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " → ")
}
