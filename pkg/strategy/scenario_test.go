package strategy_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

// TestScenarios plays the stories of testdata. A story is a list of blocks, divided by empty lines: commands, a line "----", and what
// the controller then did and says. Lines that begin with # are comments. Rewrite the output with -update, and read what has changed.
//
//	deploy replicas=10 [brake=paused]   a running Deployment shop:v1 with its Service and a VirtualService
//	deploy replicas=10 [grpc] unrouted|weighted  the same without a VirtualService; with one that splits 80/20 already
//	annotate NAME VALUE…, unannotate NAME   under the prefix
//	push v2 | scale 8 | unpause | delete | hand-edit WEIGHT MANAGER
//	command VERB [HASH]                 for the present canary unless a hash is given
//	pods v2 ready in 20s | pods v2 never ready | pods v2 crash
//	repin [HASH]                        the Service's selector is changed by hand
//	jobs take 30s | jobs fail | jobs succeed
//	evidence pass|fail|wait|blind|warn|silent|none [at WEIGHT]
//	advance 30s                         prints what is done, by the time it happens
//	crash                               the controller forgets all that isn't in the cluster
//	show | history | restored           print the objects, the record, and what is not as the user wrote it
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			played := play(t, string(text))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(played), 0o644))
				return
			}
			assert.Equal(t, string(text), played)
		})
	}
}

// play returns a story with the output that it has now.
func play(t *testing.T, text string) string {
	t.Helper()
	s := &story{t: t}
	scanner := bufio.NewScanner(strings.NewReader(text))
	skipping := false
	for scanner.Scan() {
		line := scanner.Text()
		switch {
		case line == "----":
			skipping = true
			s.out = append(s.out, line)
			s.out = append(s.out, s.said...)
			s.said = nil
		case line == "":
			skipping = false
			s.out = append(s.out, line)
		case skipping:
		case strings.HasPrefix(line, "#"):
			s.out = append(s.out, line)
		default:
			s.out = append(s.out, line)
			s.obey(strings.Fields(line))
		}
	}
	require.NoError(t, scanner.Err())
	if s.w != nil {
		assert.Empty(t, s.w.laws.broken)
	}
	return strings.Join(s.out, "\n") + "\n"
}

type story struct {
	t    testing.TB
	w    *world
	out  []string
	said []string
	at   int // how much of the trace has been said
}

func (s *story) obey(words []string) {
	s.t.Helper()
	switch words[0] {
	case "deploy":
		s.deploy(words[1:])
	case "annotate":
		s.w.annotate(words[1], strings.Join(words[2:], " "))
	case "unannotate":
		// What follows is Kubernetes' own.
		s.w.laws.harmed = s.w.laws.harmed || words[1] == "strategy"
		s.w.unannotate(words[1])
	case "push":
		s.w.push(words[1])
	case "scale":
		s.w.laws.resized = true
		s.w.laws.harmed = s.w.laws.harmed || words[1] == "0"
		s.w.scale(s.number(words[1]))
	case "unpause":
		s.w.laws.harmed = true
		s.w.unpause()
	case "delete":
		s.w.deleteDeployment()
	case "hand-edit":
		s.w.laws.harmed = true
		s.w.edit(app, s.number(words[1]), words[2])
	case "repin":
		s.w.laws.harmed = true
		s.w.repin(strings.Join(words[1:], ""))
	case "jobs":
		s.w.jobsFail = words[1] == "fail" || (s.w.jobsFail && words[1] == "take")
		if words[1] == "take" {
			var err error
			s.w.jobTime, err = time.ParseDuration(words[2])
			require.NoError(s.t, err)
		}
	case "command":
		if len(words) == 3 {
			s.w.annotate("command", words[1]+" "+words[2])
		} else {
			s.w.command(words[1])
		}
	case "pods":
		s.pods(words[1:])
	case "evidence":
		if len(words) == 4 {
			s.w.modeAt[s.number(words[3])] = words[1]
		} else {
			s.w.mode, s.w.modeAt = words[1], map[int]string{}
		}
	case "crash":
		s.w.crash()
		s.say("the controller starts again")
	case "advance":
		d, err := time.ParseDuration(words[1])
		require.NoError(s.t, err)
		s.advance(d)
	case "show":
		s.said = append(s.said, strings.Split(strings.TrimSpace(s.w.String()), "\n")...)
		for _, c := range s.w.dep.conditions {
			s.say("condition %s=%s %s", strings.TrimPrefix(c.Type, spec.Prefix), c.Status, c.Reason)
		}
	case "history":
		for _, run := range s.w.read().History {
			s.say("run %d %s %s %v: %s", run.Number, run.Result, run.Reason, weightsOf(run.Weights), run.Message)
		}
	case "restored":
		if left := s.w.restored(); left != "" {
			s.say("%s", left)
		} else {
			s.say("the user's objects are as the user wrote them")
		}
	default:
		require.FailNow(s.t, "unknown command", words[0])
	}
}

func (s *story) deploy(words []string) {
	w := newWorld(production())
	replicas, routed, grpc := 0, "routed", false
	for _, word := range words {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "replicas":
			replicas = s.number(value)
		case "brake":
			w.settings.Brake = strategy.Brake(value)
		case "grpc":
			grpc = true
		default:
			routed = word
		}
	}
	w.deploy(replicas, "v1")
	w.services[app].grpc = grpc
	if routed != "unrouted" {
		w.route(app, routed == "weighted")
	}
	w.obey()
	w.laws = newLaws()
	s.w = w
}

func (s *story) pods(words []string) {
	template := words[0]
	switch strings.Join(words[1:], " ") {
	case "never ready":
		s.w.boot[template] = -1
	case "crash":
		s.w.laws.harmed = true
		s.w.boot[template] = -1
		for _, set := range s.w.sets {
			for _, pod := range set.pods {
				pod.never = pod.never || set.template == template
			}
		}
		s.w.changed = true
	default:
		d, err := time.ParseDuration(words[len(words)-1])
		require.NoError(s.t, err)
		s.w.boot[template] = d
	}
}

func (s *story) number(word string) int {
	n, err := strconv.Atoi(word)
	require.NoError(s.t, err)
	return n
}

func (s *story) say(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

// advance says every action in its order, and the status where it has changed. Conditions are left out: the status says the same.
func (s *story) advance(d time.Duration) {
	s.at = len(s.w.trace)
	s.w.advance(s.t, d)
	lines := slices.DeleteFunc(slices.Clone(s.w.trace[s.at:]), func(line string) bool { return strings.Contains(line, " SetConditions Promoted=") })
	for _, line := range lines {
		s.say("%s", strings.TrimSpace(line))
	}
	status := s.w.last.Status
	s.say("%s %s %s: %s", s.w.now.Format(time.TimeOnly), status.Phase, status.Reason, status.Message)
}
