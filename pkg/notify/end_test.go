package notify

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

func certificate(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// another is a CA that has signed nothing.
func another(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return certificate(der)
}

func TestAFullQueueDropsTheOldestThatIsNoWarning(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStage(t, Options{URL: r.URL})
	s.queue.maxItems = 3
	s.Happened(aborted("a", "an abort"))
	for i := range 5 {
		s.Happened(passed("b", fmt.Sprintf("step %d", i)))
	}
	dropped, queued := s.tally.numbers()
	assert.Equal(t, 3, dropped)
	assert.Equal(t, 3, queued)
	full := s.logs.FilterMessage("notifications are dropped")
	require.Equal(t, 1, full.Len(), "one line a minute")
	assert.Equal(t, "the queue is full", full.All()[0].ContextMap()["why"])
	s.clock.advance(2 * time.Minute)
	s.Happened(passed("b", "step 5"))
	full = s.logs.FilterMessage("notifications are dropped")
	require.Equal(t, 2, full.Len())
	assert.EqualValues(t, 2, full.All()[1].ContextMap()["omitted"])

	s.run()
	s.results(3)
	var got []string
	for _, q := range r.got() {
		got = append(got, strictly(t, q.body).Message)
	}
	assert.Equal(t, []string{"an abort", "step 4", "step 5"}, got)
}

func TestAQueueOfWarningsDropsTheOldest(t *testing.T) {
	t.Parallel()
	q := queue{maxItems: 2, maxBytes: 1 << 20}
	items := []*item{{id: "1", warning: true, flying: true}, {id: "2", warning: true}, {id: "3", warning: true}}
	for _, it := range items[:2] {
		assert.Empty(t, q.push(it))
	}
	assert.Equal(t, []*item{items[1]}, q.push(items[2]), "what is being sent is not dropped")
}

func TestAQueueIsBoundedInBytesToo(t *testing.T) {
	t.Parallel()
	q := queue{maxItems: 100, maxBytes: 1000}
	dropped := 0
	for range 20 {
		dropped += len(q.push(&item{body: make([]byte, 300)}))
	}
	assert.Equal(t, 17, dropped)
	assert.Equal(t, 900, q.bytes)
	assert.Empty(t, (&queue{maxItems: 1, maxBytes: 10}).push(&item{body: make([]byte, 300)}), "the newest is never dropped")
}

func TestWhatHasFailedLessOftenGoesFirst(t *testing.T) {
	t.Parallel()
	key := func(name string) strategy.Key { return strategy.Key{Namespace: "shop", Name: name} }
	q := queue{maxItems: 10, maxBytes: 1 << 20}
	for _, it := range []*item{
		{id: "a1", key: key("a"), attempts: 2},
		{id: "a2", key: key("a")},
		{id: "b1", key: key("b"), attempts: 1},
		{id: "c1", key: key("c"), attempts: 1},
		{id: "d1", key: key("d"), notBefore: start.Add(time.Hour)},
		{id: "e1", key: key("e"), notBefore: start.Add(time.Minute)},
	} {
		q.push(it)
	}
	var order []string
	for {
		it, at := q.next(start)
		if it == nil {
			assert.Equal(t, start.Add(time.Minute), at, "then the first that may be sent later")
			break
		}
		order = append(order, it.id)
		q.remove(it)
	}
	assert.Equal(t, []string{"b1", "c1", "a1", "a2"}, order, "the oldest of equals, each Deployment in order")
}

func TestNothingWaitsForTheReceiver(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{URL: "http://127.0.0.1:1"})
	for i := range 3 * maxItems {
		s.Happened(passed("web", fmt.Sprint(i)))
	}
	dropped, queued := s.tally.numbers()
	assert.Equal(t, 2*maxItems, dropped)
	assert.Equal(t, maxItems, queued)
}

func TestWhatWaitsForTooLongIsDropped(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStage(t, Options{URL: r.URL})
	s.Happened(passed("a", "old"))
	s.clock.advance(maxAge + time.Second)
	s.Happened(passed("a", "new"))
	s.run()
	assert.Equal(t, []string{ResultDelivered}, s.results(1))
	assert.Equal(t, "new", strictly(t, r.got()[0].body).Message)
	dropped, _ := s.tally.numbers()
	assert.Equal(t, 1, dropped)
}

func TestAProcessThatEndsSendsWhatIsLeft(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(503, "Retry-After", "120"), status(200), status(500), status(200))
	s := newStage(t, Options{URL: r.URL})
	s.Notifier.clock = realClock{}
	s.run()
	s.Happened(passed("a", "one"))
	assert.Equal(t, []string{ResultRetried}, s.results(1))
	s.Happened(passed("a", "two"))
	s.Happened(passed("b", "three"))
	began := time.Now()
	s.stop()
	s.awaitEnd()
	assert.Less(t, time.Since(began), flushTime)
	assert.Equal(t, []string{ResultDelivered, ResultFailed, ResultDelivered}, s.results(3), "one attempt each, in order")
	dropped, queued := s.tally.numbers()
	assert.Zero(t, dropped)
	assert.Zero(t, queued)
}

func TestAProcessThatEndsDoesNotWaitForAnIllReceiver(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	})
	defer close(release)
	s := newStage(t, Options{URL: r.URL, Timeout: time.Hour})
	s.flush = 50 * time.Millisecond
	s.run()
	for i := range 3 {
		s.Happened(passed("a", fmt.Sprint(i)))
	}
	<-arrived
	s.stop()
	s.awaitEnd()
	dropped, _ := s.tally.numbers()
	assert.Equal(t, 3, dropped)
	assert.Equal(t, "the process ends", s.logs.FilterMessage("notifications are dropped").All()[0].ContextMap()["why"])
}

func TestAProcessThatEndsTriesAnIllReceiverOnce(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(503))
	s := newStage(t, Options{URL: r.URL})
	for i := range 3 {
		s.Happened(passed(fmt.Sprint("web-", i), ""))
	}
	ended, end := context.WithCancel(t.Context())
	end()
	s.Run(ended)
	assert.Equal(t, []string{ResultFailed}, s.results(1))
	assert.Len(t, r.got(), 1)
	dropped, _ := s.tally.numbers()
	assert.Equal(t, 2, dropped)
}

func TestAnIllReceiverIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		pause  time.Duration
	}{
		"no answer":                {hangUp, firstWait / 2},
		"a proxy's":                {status(502), firstWait / 2},
		"a proxy's, late":          {status(504), firstWait / 2},
		"too much":                 {status(429), firstWait / 2},
		"too much, and until when": {status(429, "Retry-After", "60"), time.Minute},
		"its own":                  {status(503, "Retry-After", "60"), time.Minute},
		"about this one alone":     {status(500, "Retry-After", "60"), 0},
	} {
		var s *stage
		var at []time.Time
		timed := func(answer http.HandlerFunc) http.HandlerFunc {
			return func(w http.ResponseWriter, q *http.Request) {
				at = append(at, s.clock.now())
				answer(w, q)
			}
		}
		r := newReceiver(t, timed(c.answer), timed(status(200)))
		s = newStage(t, Options{URL: r.URL})
		s.Happened(passed("a", "one"))
		s.Happened(passed("b", "two"))
		s.run()
		assert.Equal(t, []string{ResultRetried, ResultDelivered, ResultDelivered}, s.results(3), name)
		assert.GreaterOrEqual(t, at[1].Sub(at[0]), c.pause, name)
		assert.LessOrEqual(t, at[1].Sub(at[0]), 2*c.pause, name)
		assert.Equal(t, "two", strictly(t, r.got()[1].body).Message, name)
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	closed := newReceiver(t)
	closed.Close()
	echo := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Location", "http://elsewhere.example/hush/hush")
			w.WriteHeader(code)
			fmt.Fprintln(w, q.URL, "hush")
		}
	}
	receivers := map[string]string{
		"redirects": newReceiver(t, echo(302)).URL, "refuses": newReceiver(t, echo(404)).URL, "fails": newReceiver(t, echo(500)).URL,
		"hangs up": newReceiver(t, hangUp).URL, "isn't there": closed.URL, "delivers": newReceiver(t).URL,
		"speaks no TLS": strings.Replace(newReceiver(t).URL, "http:", "https:", 1), "has no name": "http://nowhere.invalid",
	}
	for name, address := range receivers {
		scheme, host, _ := strings.Cut(address, "://")
		s := newStage(t, Options{URL: scheme + "://user:hush@" + host + "/hush?key=hush", SecretFile: file(t, "hush")}).run()
		s.Happened(passed("web", "one"))
		s.results(1)
		s.stop()
		s.awaitEnd()
		require.NotZero(t, s.logs.Len(), name)
		for _, entry := range s.logs.All() {
			line := fmt.Sprint(entry.Message, entry.ContextMap())
			assert.NotContains(t, line, "hush", name)
			if strings.Contains(line, "host") {
				assert.Contains(t, line, host, name)
			}
		}
	}
}
