package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// underWay is how many requests there are at a time; more are left out, so that a shop that hangs doesn't fill the memory.
	underWay = 100
	// reportEvery is how often it is said who answered.
	reportEvery = 5 * time.Second
)

// load asks like many users: one doesn't wait for the other's answer.
type load struct {
	url    string
	client *http.Client
	slots  chan struct{}

	mu     sync.Mutex // guards answer
	answer map[string]int
}

func newLoad(url string) *load {
	return &load{url: url, client: &http.Client{Timeout: 5 * time.Second}, slots: make(chan struct{}, underWay), answer: map[string]int{}}
}

// run asks until ctx ends, and waits for the answers.
func (l *load) run(ctx context.Context, rate int, out io.Writer) {
	var all sync.WaitGroup
	defer all.Wait()
	pace, report := time.NewTicker(time.Second/time.Duration(rate)), time.NewTicker(reportEvery)
	defer pace.Stop()
	defer report.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-report.C:
			_, _ = fmt.Fprintln(out, l.report()) // nobody may be reading
		case <-pace.C:
			select {
			case l.slots <- struct{}{}:
				all.Go(func() {
					defer func() { <-l.slots }()
					l.ask(ctx)
				})
			default:
			}
		}
	}
}

// ask asks once.
func (l *load) ask(ctx context.Context) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url, nil) //nolint:gosec // to ask the URL that it is given is what it is for
	if err != nil {
		l.count("bad URL")
		return
	}
	response, err := l.client.Do(request) //nolint:gosec // see above
	if ctx.Err() != nil {
		return // it was cut because the load ends
	}
	if err != nil {
		l.count("no answer")
		return
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	who := cmp.Or(response.Header.Get(headerVersion), "proxy")
	if response.StatusCode >= http.StatusInternalServerError {
		who += " failed"
	}
	l.count(who)
}

func (l *load) count(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer[what]++
}

// report says who has answered since the last one.
func (l *load) report() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(l.answer)) {
		parts = append(parts, fmt.Sprintf("%s: %d", what, l.answer[what]))
	}
	clear(l.answer)
	return cmp.Or(strings.Join(parts, ", "), "nothing was asked")
}
