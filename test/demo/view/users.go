package view

import "fmt"

// users is what the run meant for those who sent requests.
func users(u Users) []Line {
	lines := []Line{{toned(Faint, pad(" USERS", 12)+padLeft("ANSWERS", 10)+padLeft("SHARE NOW", 11)+padLeft("FAILED", 9)+padLeft("P95", 10))}}
	for _, v := range u.Versions {
		failed := text(padLeft(count(v.Failed), 9))
		if v.Failed > 0 {
			failed.tone = Bad
		}
		lines = append(lines, Line{
			text(pad(" "+v.Name, 12) + padLeft(count(v.Requests), 10) + padLeft(percent(v.Share, 0), 11)), failed,
			text(padLeft(latency(v.P95), 10)),
		})
	}
	byVersion, byRollout := toned(Normal, count(u.FailedByVersion)), toned(Good, count(u.FailedByRollout))
	if u.FailedByVersion > 0 {
		byVersion.tone = Bad
	}
	if u.FailedByRollout > 0 {
		byRollout.tone = Bad
	}
	return append(lines, Line{
		text(fmt.Sprintf(" %.0f requests/s: %s served, failed by the version ", u.Rate, count(u.Served))), byVersion,
		text(", by the roll-out "), byRollout,
	})
}
