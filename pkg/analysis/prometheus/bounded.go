package prometheus

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// errTooLarge is returned for an answer that is longer than allowed: it is not read to its end.
var errTooLarge = errors.New("the answer is larger than allowed")

// bounded reads no more of an answer than so many bytes, for whoever answers at a wrong address may never stop, and follows nobody to
// another host.
type bounded struct {
	next  http.RoundTripper
	limit int64
}

// RoundTrip implements http.RoundTripper.
func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := elsewhere(r, resp); err != nil {
		_ = resp.Body.Close() // nobody wants it
		return nil, err
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: b.limit}
	return resp, nil
}

// errElsewhere is returned for a redirect to another host, or away from TLS: whoever is there would be sent the token, which is given to
// every request (github.com/prometheus/common v0.73.1, config/http_config.go, authorizationCredentialsRoundTripper).
var errElsewhere = errors.New("only what the address itself answers is taken")

func elsewhere(r *http.Request, resp *http.Response) error {
	if resp.StatusCode < 300 || resp.StatusCode > 399 {
		return nil
	}
	to, err := resp.Location()
	if errors.Is(err, http.ErrNoLocation) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errElsewhere, err)
	}
	if to.Host != r.URL.Host || to.Scheme != r.URL.Scheme {
		return fmt.Errorf("it redirects to %s://%s; %w: name that one", to.Scheme, to.Host, errElsewhere)
	}
	return nil
}

type boundedBody struct {
	io.ReadCloser

	left int64
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, errTooLarge
	}
	return n, err
}
