package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// outcome is what has become of one attempt.
type outcome struct {
	delivered bool
	// retry: another attempt may succeed. ill: it is the receiver that can't, not this notification: the others needn't try either.
	retry, ill bool
	// asked is how long the receiver wants to be left alone.
	asked time.Duration
	// host is whom it was sent to, why what was wrong. Neither has the URL's path, nor what the receiver has answered, which may repeat it.
	host, why string
	took      time.Duration
}

// maxResponse is how much of an answer is read, for the connection to be used again; nothing of it is kept.
const maxResponse = 64 << 10

// send makes one attempt.
func (n *Notifier) send(ctx context.Context, it *item) outcome {
	address, err := n.options.address()
	if err != nil {
		return outcome{retry: true, ill: true, why: err.Error()}
	}
	out := outcome{host: address.Host}
	secret, err := n.options.secret()
	if err != nil {
		// Without a signature it would be refused, or, worse, not be.
		out.retry, out.ill, out.why = true, true, err.Error()
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, n.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(it.body))
	if err != nil {
		out.why = "the request can't be made"
		return out
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "sluice/"+n.options.Version)
	request.Header.Set(HeaderDelivery, it.id)
	if secret != nil {
		request.Header.Set(HeaderSignature, Sign(secret, it.body, n.clock.now()))
	}
	started := time.Now()
	response, err := n.client.Do(request)
	if err != nil {
		out.took = time.Since(started)
		out.retry, out.ill, out.why = true, true, unanswered(err, n.options.Timeout)
		return out
	}
	defer response.Body.Close()
	// The status has been said; whether the rest arrives changes nothing.
	_, _ = io.CopyN(io.Discard, response.Body, maxResponse)
	out.took = time.Since(started)
	out.judge(response, n.clock.now())
	return out
}

// judge says what an answer means.
func (out *outcome) judge(response *http.Response, now time.Time) {
	code := response.StatusCode
	out.why = fmt.Sprintf("answered %d", code)
	switch {
	case code >= 200 && code < 300:
		out.delivered, out.why = true, ""
	case code >= 300 && code < 400:
		out.why = fmt.Sprintf("answered %d, a redirect; redirects are not followed: give the URL that it leads to", code)
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		out.retry, out.ill, out.asked = true, true, retryAfter(response.Header, now)
	case code == http.StatusBadGateway, code == http.StatusGatewayTimeout:
		out.retry, out.ill = true, true
	case code >= 500:
		// May be about this notification alone.
		out.retry = true
	}
}

// unanswered says why there was no answer. A url.Error has the whole URL in its text, so only what it wraps is told.
func unanswered(err error, timeout time.Duration) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", timeout)
	}
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err
	}
	return err.Error()
}
