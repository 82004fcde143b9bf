package podprocess

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// probe makes the container's probes until ctx ends or the container is to be killed, by the rules of a kubelet: the startup probe alone
// at first, then liveness and readiness side by side. Without a readiness probe a container that has started is ready.
func (s sandbox) probe(ctx context.Context, ready func(bool)) {
	if p := s.container.StartupProbe; p != nil {
		for result := range s.results(ctx, p, false) {
			if !result {
				return
			}
			break
		}
		if ctx.Err() != nil {
			return
		}
	}
	live, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s.container.ReadinessProbe == nil {
			ready(true)
			return
		}
		for result := range s.results(live, s.container.ReadinessProbe, false) {
			ready(result)
		}
	}()
	if p := s.container.LivenessProbe; p != nil {
		for result := range s.results(ctx, p, true) {
			if !result {
				break
			}
		}
	} else {
		<-ctx.Done()
	}
	stop()
	<-done
}

// results are the changes of a probe's result until ctx ends. It is a success at first, or unknown, and changes after as many answers in a
// row as the thresholds say.
func (s sandbox) results(ctx context.Context, p *corev1.Probe, success bool) func(yield func(bool) bool) {
	return func(yield func(bool) bool) {
		ticker := time.NewTicker(time.Duration(cmp.Or(p.PeriodSeconds, 10)) * time.Second)
		defer ticker.Stop()
		if !sleep(ctx, time.Duration(p.InitialDelaySeconds)*time.Second) {
			return
		}
		known, result, last, row := success, success, success, int32(0)
		for {
			answer := s.ask(ctx, p)
			if ctx.Err() != nil {
				return
			}
			if answer != last {
				last, row = answer, 0
			}
			row++
			threshold := cmp.Or(p.FailureThreshold, 3)
			if answer {
				threshold = cmp.Or(p.SuccessThreshold, 1)
			}
			if row == threshold && (!known || answer != result) {
				known, result = true, answer
				if !yield(answer) {
					return
				}
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// sleep waits, or returns false when ctx ends.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ask makes one probe over HTTP; a kind of probe that is not known fails.
func (s sandbox) ask(ctx context.Context, p *corev1.Probe) bool {
	get := p.HTTPGet
	if get == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(cmp.Or(p.TimeoutSeconds, 1))*time.Second)
	defer cancel()
	port := get.Port.IntValue()
	for _, named := range s.container.Ports {
		if named.Name == get.Port.StrVal {
			port = int(named.ContainerPort)
		}
	}
	scheme := strings.ToLower(string(cmp.Or(get.Scheme, corev1.URISchemeHTTP)))
	url := scheme + "://" + net.JoinHostPort(s.loopback, strconv.Itoa(port)) + get.Path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	request.Close = true // as a kubelet's: each by a connection of its own
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close() // nobody reads it
	return response.StatusCode >= 200 && response.StatusCode < 400
}
