package podrunner

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Behaviour is what a pod's application does. It comes from the plain values of its container's environment; values
// from ConfigMaps, Secrets or fields are not looked up. Durations are Go's ("250ms"), shares lie in [0, 1].
type Behaviour struct {
	Version            string        // VERSION: answered in the header X-Version
	ErrorRate          float64       // ERROR_RATE: share of requests answered with status 500
	ErrorAfterRequests int           // ERROR_AFTER_REQUESTS: so many requests of each container run are served well first
	HangupRate         float64       // HANGUP_RATE: share of requests whose connection is closed unanswered and uncounted
	Latency            time.Duration // LATENCY: every request takes at least this long
	SlowShare          float64       // SLOW_SHARE: share of requests that take SlowLatency instead of Latency
	SlowLatency        time.Duration // SLOW_LATENCY
	ReadyAfter         time.Duration // READY_AFTER: from the container's start to Ready
	NeverReady         bool          // READY_AFTER=never
	CrashAfter         time.Duration // CRASH_AFTER: from the container's start to its crash; 0 is never
	CrashTimes         int           // CRASH_TIMES: how often it crashes, 0 is for ever
	CrashBackoff       time.Duration // CRASH_BACKOFF: from a crash to the next start, default 1s (a kubelet begins at 10s)
	ShutdownDelay      time.Duration // SHUTDOWN_DELAY: how long it serves on after its deletion, default 0: dies at once
	RunFor             time.Duration // RUN_FOR: duration of a pod that ends (restartPolicy Never or OnFailure), default 0
	ExitCode           int32         // EXIT_CODE: of a pod that ends
}

// ParseBehaviour reads the variables of env that it knows and ignores the others. The error names every bad value.
func ParseBehaviour(env map[string]string) (Behaviour, error) {
	p := parser{env: env}
	b := Behaviour{
		Version:            env["VERSION"],
		ErrorRate:          p.share("ERROR_RATE"),
		ErrorAfterRequests: p.integer("ERROR_AFTER_REQUESTS"),
		HangupRate:         p.share("HANGUP_RATE"),
		Latency:            p.duration("LATENCY", 0),
		SlowShare:          p.share("SLOW_SHARE"),
		SlowLatency:        p.duration("SLOW_LATENCY", 0),
		NeverReady:         env["READY_AFTER"] == "never",
		CrashAfter:         p.duration("CRASH_AFTER", 0),
		CrashTimes:         p.integer("CRASH_TIMES"),
		CrashBackoff:       p.duration("CRASH_BACKOFF", time.Second),
		ShutdownDelay:      p.duration("SHUTDOWN_DELAY", 0),
		RunFor:             p.duration("RUN_FOR", 0),
		ExitCode:           int32(p.integer("EXIT_CODE")),
	}
	if !b.NeverReady {
		b.ReadyAfter = p.duration("READY_AFTER", 0)
	}
	return b, errors.Join(p.errs...)
}

// parser collects the errors of several values.
type parser struct {
	env  map[string]string
	errs []error
}

func (p *parser) share(name string) float64 {
	text, ok := p.env[name]
	if !ok {
		return 0
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		p.errs = append(p.errs, fmt.Errorf("%s=%q: want a share between 0 and 1", name, text))
		return 0
	}
	return v
}

func (p *parser) integer(name string) int {
	text, ok := p.env[name]
	if !ok {
		return 0
	}
	v, err := strconv.ParseInt(text, 10, 32)
	if err != nil || v < 0 {
		p.errs = append(p.errs, fmt.Errorf("%s=%q: want a whole number from 0", name, text))
		return 0
	}
	return int(v)
}

func (p *parser) duration(name string, absent time.Duration) time.Duration {
	text, ok := p.env[name]
	if !ok {
		return absent
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		p.errs = append(p.errs, fmt.Errorf("%s=%q: want a duration such as 250ms", name, text))
		return absent
	}
	return v
}

// environment returns the plain values of the application's container: the first with a port, or else the first.
func environment(pod *corev1.Pod) map[string]string {
	containers := pod.Spec.Containers
	i := max(0, slices.IndexFunc(containers, func(c corev1.Container) bool { return len(c.Ports) > 0 }))
	env := map[string]string{}
	for _, v := range containers[i].Env {
		if v.ValueFrom == nil {
			env[v.Name] = v.Value
		}
	}
	return env
}

// override changes the environment of pods whose name begins with prefix, as if their application read it anew.
type override struct {
	namespace, prefix string
	env               map[string]string
}

// behaviourOf is the behaviour of a pod after the overrides that concern it, later ones last. Variables with bad values
// have no effect but are reported.
func behaviourOf(pod *corev1.Pod, overrides []override) (Behaviour, error) {
	env := environment(pod)
	for _, o := range overrides {
		if o.namespace == pod.Namespace && strings.HasPrefix(pod.Name, o.prefix) {
			maps.Copy(env, o.env)
		}
	}
	return ParseBehaviour(env)
}

// unpullable says whether an image is one that the runner refuses to pull: its name has "missing" or "bad" in it.
func unpullable(image string) bool {
	return strings.Contains(image, "missing") || strings.Contains(image, "bad")
}
