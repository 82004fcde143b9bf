package spec

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const wantSteps = `rising weights from 1 to 100, each with how long it is held or "pause", for example "10@2m,50@pause,100@5m"`

// parseSteps reads "10@2m,50,100@pause". A plan that ends below 100 gets a last step of 100 with the default hold: full traffic
// is always judged before a promotion.
func parseSteps(value string) ([]Step, *Problem) {
	var steps []Step
	for part := range strings.SplitSeq(value, ",") {
		step, wrong := parseStep(strings.TrimSpace(part))
		if wrong != "" {
			return nil, &Problem{Wrong: wrong, Want: wantSteps}
		}
		if n := len(steps); n > 0 && step.Weight <= steps[n-1].Weight {
			return nil, &Problem{
				Wrong: fmt.Sprintf("weights must rise, %d follows %d", step.Weight, steps[n-1].Weight),
				Want:  wantSteps,
			}
		}
		steps = append(steps, step)
	}
	if last := steps[len(steps)-1]; last.Weight < 100 {
		steps = append(steps, Step{Weight: 100, Hold: DefaultHold})
	}
	return steps, nil
}

func parseStep(part string) (Step, string) {
	weight, hold, held := strings.Cut(part, "@")
	w, err := strconv.Atoi(weight)
	if err != nil || w < 0 || w > 100 {
		return Step{}, fmt.Sprintf("weight %q is not a whole number up to 100", shown(weight))
	}
	step := Step{Weight: w, Hold: DefaultHold}
	switch {
	case !held:
	case hold == "pause":
		step.Pause, step.Hold = true, 0
	default:
		step.Hold, err = parseDuration(hold)
		if err != nil {
			return Step{}, fmt.Sprintf("%q: %s", shown(hold), err)
		}
	}
	return step, ""
}

// maxDuration bounds every duration a user may write: a step of years is a mistake, and sums of durations must not overflow.
const maxDuration = 30 * 24 * time.Hour

type durationError string

func (e durationError) Error() string { return string(e) }

func parseDuration(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	switch {
	case err != nil:
		return 0, durationError("not a duration such as 90s or 5m")
	case d < 0:
		return 0, durationError("a duration can't be negative")
	case d > maxDuration:
		return 0, durationError("longer than 30 days (720h)")
	}
	return d, nil
}
