package pictures

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// write is one write of a run, as a scenario of pkg/strategy has it.
type write struct {
	at   time.Duration // since the push
	lane lane
	says string
	// canary is the canary's share of the traffic from then on, in percent.
	canary int
}

// lane is the object that is written.
type lane int

const (
	record lane = iota
	deployment
	service
	canaryService
	replicaSet
	virtualService
)

// object is what a lane stands for.
type object struct{ kind, name string }

func canaryLanes() []object {
	return []object{
		{"record", "shop-sluice"},
		{"Deployment", "shop"},
		{"Service", "shop"},
		{"Service", "shop-canary"},
		{"ReplicaSet", "of the canary"},
		{"VirtualService", "shop"},
	}
}

// blueGreenLanes are those of a strategy without routes.
func blueGreenLanes() []object {
	lanes := canaryLanes()[:virtualService]
	lanes[canaryService].name, lanes[replicaSet].name = "shop-preview", "of the preview"
	return lanes
}

// action is a line of a scenario that tells of one: 10:01:32 SetWeight shop 10.
var action = regexp.MustCompile(`^(\d\d:\d\d:\d\d) (WriteRecord|Pin|EnsureCanaryService|CreateCanary|SetWeight|RestoreRoute|Scale|HandOver|SetBrake|SetConditions) (.*)$`)

// writes reads the writes from the push of v2 on, in the first of the scenarios.
func writes(text string) ([]write, error) {
	text, _, _ = strings.Cut(text, "\n\n#")
	before, scenario, found := strings.Cut(text, "\npush v2\n")
	if !found {
		return nil, errors.New("no push of v2 in the scenario")
	}
	var all []write
	var pushed time.Time
	r := reader{blueGreen: strings.Contains(before, "annotate strategy blue-green")}
	for line := range strings.Lines(scenario) {
		m := action.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		at, err := time.Parse(time.TimeOnly, m[1])
		if err != nil {
			return nil, fmt.Errorf("scenario: %w", err)
		}
		if pushed.IsZero() {
			// What comes before is the Deployment's first time, where the scenario tells it afterwards.
			if !strings.Contains(line, " run=1 ") {
				continue
			}
			pushed = at
		}
		w, err := r.read(m[2], m[3])
		if err != nil {
			return nil, fmt.Errorf("scenario: %q: %w", line, err)
		}
		w.at, w.canary = at.Sub(pushed), r.canary
		all = append(all, w)
	}
	return all, nil
}

// reader knows what has been written so far.
type reader struct {
	blueGreen bool
	weight    string // of the last record
	canary    int
	promoting bool
}

var value = regexp.MustCompile(`(\w+)=(\w+)`)

func (r *reader) read(verb, rest string) (write, error) {
	values := map[string]string{}
	for _, m := range value.FindAllStringSubmatch(rest, -1) {
		values[m[1]] = m[2]
	}
	switch verb {
	case "WriteRecord":
		return write{lane: record, says: r.recorded(rest, values)}, nil
	case "Pin":
		return write{lane: service, says: r.pinned(rest)}, nil
	case "EnsureCanaryService":
		return write{lane: canaryService, says: "selects the new version's pods"}, nil
	case "CreateCanary":
		return write{lane: replicaSet, says: "made, with " + pods(values["replicas"])}, nil
	case "Scale":
		return write{lane: replicaSet, says: pods(values["replicas"])}, nil
	case "SetWeight":
		_, weight, _ := strings.Cut(rest, " ")
		var err error
		r.canary, err = strconv.Atoi(weight)
		return write{lane: virtualService, says: weight + " % to shop-canary"}, err
	case "RestoreRoute":
		if !r.promoting {
			r.canary = 0
			return write{lane: virtualService, says: "as you wrote it: all to stable"}, nil
		}
		return write{lane: virtualService, says: "as you wrote it: all to shop"}, nil
	case "HandOver":
		return write{lane: replicaSet, says: "handed over: the Deployment owns it"}, nil
	case "SetBrake":
		return write{lane: deployment, says: "unpaused"}, nil
	default:
		return write{lane: deployment, says: "its conditions tell of the failure"}, nil
	}
}

// pinned is what the Service selects.
func (r *reader) pinned(rest string) string {
	switch {
	case strings.Contains(rest, `""`):
		return "its selector is what you wrote"
	case strings.Contains(rest, "nativev1"):
		return "selects stable's pods alone"
	case r.blueGreen:
		r.canary = 100
		return "selects the new version: the swap"
	default:
		return "has no traffic; selects the canary's pods"
	}
}

func pods(n string) string {
	if n == "1" {
		return "1 pod"
	}
	return n + " pods"
}

// recorded is what a record says.
func (r *reader) recorded(rest string, values map[string]string) string {
	weight := r.weight
	r.weight = values["weight"]
	switch {
	case values["stable"] != "":
		return "the run is over: promoted"
	case strings.Contains(rest, " Promoting "):
		r.promoting = true
		return "every step has passed"
	case strings.Contains(rest, " Aborting "):
		return "the run is to be aborted, and why"
	case strings.Contains(rest, " Aborted "):
		return "the run is over: aborted"
	case weight == "":
		return "a run begins"
	case r.blueGreen && r.weight != weight:
		return "the swap is due"
	case r.blueGreen && r.weight == "100":
		return "the swap is about to be made"
	case r.blueGreen:
		return "the preview can be reached"
	case r.weight != weight:
		return r.weight + " % is about to be given"
	default:
		return "step " + values["step"] + " begins"
	}
}
