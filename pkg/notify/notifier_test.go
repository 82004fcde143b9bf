package notify

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestANotificationIsDeliveredAndSigned(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStage(t, Options{URL: r.URL + "/hook", SecretFile: file(t, "s3cret\n")}).run()
	s.Happened(passed("web", "all is well"))
	assert.Equal(t, []string{ResultDelivered}, s.results(1))

	require.Len(t, r.got(), 1)
	got := r.got()[0]
	assert.Equal(t, "application/json", got.header.Get("Content-Type"))
	assert.Equal(t, "sluice/1.2.3", got.header.Get("User-Agent"))
	require.NoError(t, verify([]byte("s3cret"), got.header.Get(HeaderSignature), got.body, start))
	n := strictly(t, got.body)
	assert.Equal(t, n.ID, got.header.Get(HeaderDelivery))
	assert.Equal(t, "all is well", n.Message)

	for name, err := range map[string]error{
		"another secret":   verify([]byte("other"), got.header.Get(HeaderSignature), got.body, start),
		"another body":     verify([]byte("s3cret"), got.header.Get(HeaderSignature), append(got.body, ' '), start),
		"a recording":      verify([]byte("s3cret"), got.header.Get(HeaderSignature), got.body, start.Add(6*time.Minute)),
		"another time":     verify([]byte("s3cret"), "t=1"+got.header.Get(HeaderSignature)[2:], got.body, start),
		"no signature":     verify([]byte("s3cret"), "", got.body, start),
		"an empty v1":      verify([]byte("s3cret"), fmt.Sprintf("t=%d,v1=", start.Unix()), got.body, start),
		"only a signature": verify([]byte("s3cret"), strings.SplitN(got.header.Get(HeaderSignature), ",", 2)[1], got.body, start),
	} {
		assert.Error(t, err, name)
	}
}

func TestWithoutASecretNothingIsSigned(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStage(t, Options{URL: r.URL}).run()
	s.Happened(passed("web", ""))
	s.results(1)
	assert.Empty(t, r.got()[0].header.Get(HeaderSignature))
}

func TestAReceiverThatFlapsGetsItInTheEnd(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(500), status(503), hangUp, status(429, "Retry-After", "200"), status(204))
	s := newStage(t, Options{URL: r.URL, SecretFile: file(t, "s3cret")}).run()
	s.Happened(passed("web", "one"))
	assert.Equal(t, []string{ResultRetried, ResultRetried, ResultRetried, ResultRetried, ResultDelivered}, s.results(5))

	got := r.got()
	require.Len(t, got, 5)
	signatures := map[string]bool{}
	for _, q := range got {
		assert.Equal(t, got[0].body, q.body, "the same body each time")
		assert.Equal(t, got[0].header.Get(HeaderDelivery), q.header.Get(HeaderDelivery), "the same id each time")
		signatures[q.header.Get(HeaderSignature)] = true
	}
	assert.Greater(t, len(signatures), 3, "signed anew each time")
	require.NoError(t, verify([]byte("s3cret"), got[4].header.Get(HeaderSignature), got[4].body, s.clock.now()))
	var waited time.Duration
	for _, w := range s.clock.waited() {
		waited += w
	}
	assert.GreaterOrEqual(t, waited, 203500*time.Millisecond, "half a second, doubled twice, then what the receiver asks for")
	assert.LessOrEqual(t, waited, (1+2+4+200)*time.Second)
	dropped, queued := s.tally.numbers()
	assert.Zero(t, dropped)
	assert.Zero(t, queued)
	assert.Equal(t, 1, s.logs.FilterMessage("a notification was not delivered and is sent again").Len(), "one outage is one line")
}

func TestAReceiverThatHangsIsGivenUpInTime(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-release }, status(200))
	defer close(release)
	s := newStage(t, Options{URL: r.URL, Timeout: 50 * time.Millisecond}).run()
	s.Happened(passed("web", "one"))
	assert.Equal(t, []string{ResultRetried, ResultDelivered}, s.results(2))
	assert.Equal(t, "no answer within 50ms", s.logs.FilterMessageSnippet("sent again").All()[0].ContextMap()["why"])
}

func TestAnAnswerWithoutEndIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, q *http.Request) {
		for q.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	s := newStage(t, Options{URL: r.URL, Timeout: patience}).run()
	s.Happened(passed("web", "one"))
	assert.Equal(t, []string{ResultDelivered}, s.results(1))
}

func TestWhatTheReceiverRefusesIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 401, 403, 404, 410, 413, 422} {
		r := newReceiver(t, status(code), status(200))
		s := newStage(t, Options{URL: r.URL}).run()
		s.Happened(passed("web", "one"))
		s.Happened(passed("web", "two"))
		assert.Equal(t, []string{ResultFailed, ResultDelivered}, s.results(2), code)
		require.Len(t, r.got(), 2)
		assert.Equal(t, "two", strictly(t, r.got()[1].body).Message)
		assert.Equal(t, fmt.Sprintf("answered %d", code), s.logs.FilterMessageSnippet("given up").All()[0].ContextMap()["why"])
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newReceiver(t)
	for _, code := range []int{301, 302, 303, 307, 308} {
		r := newReceiver(t, status(code, "Location", elsewhere.URL))
		s := newStage(t, Options{URL: r.URL}).run()
		s.Happened(passed("web", "one"))
		assert.Equal(t, []string{ResultFailed}, s.results(1), code)
		assert.Contains(t, s.logs.FilterMessageSnippet("given up").All()[0].ContextMap()["why"], "redirects are not followed")
	}
	assert.Empty(t, elsewhere.got())
}

func TestAReceiverThatIsDownForGoodLosesItAfterAWhile(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(503))
	s := newStage(t, Options{URL: r.URL}).run()
	s.Happened(passed("web", "one"))
	results := s.results(1)
	for results[len(results)-1] == ResultRetried {
		results = append(results, s.results(1)...)
	}
	assert.Equal(t, ResultFailed, results[len(results)-1])
	assert.LessOrEqual(t, len(results), maxAttempts)
	assert.Greater(t, len(results), 10)
	assert.LessOrEqual(t, s.clock.now().Sub(start), maxAge)
	assert.Greater(t, s.clock.now().Sub(start), maxAge/3, "an outage of some minutes loses nothing")
}

func TestWhatTheReceiverChokesOnHoldsUpItsOwnDeploymentAlone(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	r.Config.Handler = choking(r, "poison")
	s := newStage(t, Options{URL: r.URL})
	s.Happened(passed("a", "poison"))
	s.Happened(passed("a", "second"))
	s.Happened(passed("b", "third"))
	s.run()
	results := s.results(2)
	assert.Equal(t, []string{ResultRetried, ResultDelivered}, results)
	for results[len(results)-1] != ResultFailed {
		results = append(results, s.results(1)...)
	}
	s.results(1)
	var order []string
	for _, q := range r.got() {
		if m := strictly(t, q.body).Message; m != "poison" {
			order = append(order, m)
		}
	}
	assert.Equal(t, []string{"third", "second"}, order)
}

// choking answers 500 to whatever has the word in it.
func choking(r *receiver, word string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		code := 200
		r.handler([]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			all := r.got()
			if strings.Contains(string(all[len(all)-1].body), word) {
				code = 500
			}
			w.WriteHeader(code)
		}}).ServeHTTP(w, q)
	})
}

func TestTheReceiversCertificateIsVerified(t *testing.T) {
	t.Parallel()
	r := &receiver{}
	r.Server = httptest.NewUnstartedServer(r.handler(nil))
	r.Config.ErrorLog = log.New(io.Discard, "", 0) // it would complain of the handshakes that are meant to fail
	r.StartTLS()
	t.Cleanup(r.Close)
	own := file(t, certificate(r.Certificate().Raw))

	s := newStage(t, Options{URL: r.URL, CAFile: own}).run()
	s.Happened(passed("web", "one"))
	assert.Equal(t, []string{ResultDelivered}, s.results(1))

	for name, ca := range map[string]string{"the system's CAs": "", "another CA": file(t, another(t))} {
		s := newStage(t, Options{URL: r.URL, CAFile: ca}).run()
		s.Happened(passed("web", "one"))
		assert.Equal(t, []string{ResultRetried}, s.results(1), name)
		assert.Contains(t, s.logs.FilterMessageSnippet("sent again").All()[0].ContextMap()["why"], "certificate", name)
		s.stop()
		s.awaitEnd()
	}
	assert.Len(t, r.got(), 1)
}

func TestURLAndSecretAreReadForEveryDelivery(t *testing.T) {
	t.Parallel()
	first, second := newReceiver(t), newReceiver(t)
	secret, address := file(t, "old"), file(t, first.URL+"\n")
	s := newStage(t, Options{URLFile: address, SecretFile: secret}).run()
	s.Happened(passed("web", "one"))
	s.results(1)
	require.NoError(t, verify([]byte("old"), first.got()[0].header.Get(HeaderSignature), first.got()[0].body, start))

	require.NoError(t, os.WriteFile(secret, []byte("  new\n"), 0o600))
	require.NoError(t, os.WriteFile(address, []byte(second.URL), 0o600))
	s.Happened(passed("web", "two"))
	s.results(1)
	require.Len(t, second.got(), 1)
	require.NoError(t, verify([]byte("new"), second.got()[0].header.Get(HeaderSignature), second.got()[0].body, start))
}

func TestWithoutItsSecretNothingIsSent(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	secret := file(t, "s3cret")
	s := newStage(t, Options{URL: r.URL, SecretFile: secret})
	require.NoError(t, os.WriteFile(secret, nil, 0o600))
	s.Happened(passed("web", "one"))
	s.run()
	assert.Equal(t, []string{ResultRetried}, s.results(1))
	s.stop()
	s.awaitEnd()
	assert.Empty(t, r.got())
	assert.Contains(t, s.logs.FilterMessageSnippet("sent again").All()[0].ContextMap()["why"], "--webhook-secret-file")
}

func TestOnlyWantedReasonsAreSent(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStage(t, Options{URL: r.URL, Reasons: []string{"GateFailed"}}).run()
	s.Happened(passed("web", "one"))
	s.Happened(aborted("web", "two"))
	assert.Equal(t, []string{ResultDelivered}, s.results(1))
	require.Len(t, r.got(), 1)
	assert.Equal(t, "two", strictly(t, r.got()[0].body).Message)
}

func TestManyAtOnceArriveOnceEachAndInOrder(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStage(t, Options{URL: r.URL}).run()
	const deployments, each = 8, 25
	var group sync.WaitGroup
	for d := range deployments {
		group.Go(func() {
			for i := range each {
				s.Seen(passed("", "").Rollout)
				s.Happened(passed(fmt.Sprintf("web-%d", d), fmt.Sprintf("%d", i)))
			}
			s.Gone(strategy.Key{Namespace: "shop", Name: "other"})
		})
	}
	group.Wait()
	s.results(deployments * each)
	next, ids := map[string]int{}, map[string]bool{}
	for _, q := range r.got() {
		n := strictly(t, q.body)
		assert.Equal(t, fmt.Sprintf("%d", next[n.Deployment]), n.Message)
		next[n.Deployment]++
		ids[n.ID] = true
	}
	assert.Len(t, ids, deployments*each)
}

// strictly decodes a body, which has no field but those documented.
func strictly(t *testing.T, body []byte) Notification {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.DisallowUnknownFields()
	var n Notification
	require.NoError(t, decoder.Decode(&n))
	return n
}
