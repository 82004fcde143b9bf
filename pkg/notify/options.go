package notify

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"go.uber.org/zap"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Options say where notifications go. Errors about them name the flag that each is set by.
type Options struct {
	// URL is the receiver's (--webhook-url). URLFile is the path of a file that holds it instead (--webhook-url-file), for a URL that is a
	// secret; it is read again for every delivery. One of them is needed.
	URL, URLFile string
	// SecretFile is the path of a file with the secret to sign with (--webhook-secret-file), read again for every delivery; white space
	// around the secret is no part of it. Empty: notifications aren't signed.
	SecretFile string
	// CAFile is the path of the CA certificates that the receiver is verified with (--webhook-ca-file); empty: the system's.
	CAFile string
	// Timeout is how long one delivery may take (--webhook-timeout). Default 10 s.
	Timeout time.Duration
	// Reasons are those of the transitions to send (--webhook-reasons), each that of one of [spec.Events]; empty: all.
	Reasons []string
	// Version is Sluice's own, for the header User-Agent.
	Version string
	// Log is needed; Metrics may be nil.
	Log     *zap.Logger
	Metrics Metrics
}

// Metrics is told how deliveries go. Its methods may be called by several goroutines at once.
type Metrics interface {
	// Delivered is called after every attempt, with one of the results below and how long it took.
	Delivered(took time.Duration, result string)
	// Dropped is called for a notification that is given up without another attempt: the queue was full, it waited for too long, or the
	// process ends.
	Dropped()
	// Queued is called with how many notifications wait, the one that is being sent included.
	Queued(n int)
}

// The results of an attempt.
const (
	// ResultDelivered: the receiver has answered 2xx.
	ResultDelivered = "delivered"
	// ResultRetried: it has not, and the notification is sent again.
	ResultRetried = "retried"
	// ResultFailed: it has not, and the notification is given up.
	ResultFailed = "failed"
)

// errOptions is wrapped by what New says about its options.
var errOptions = errors.New("webhook")

// Enabled says whether any of the webhook's flags is set: then New is to be called, and says what is missing.
func (o Options) Enabled() bool {
	return o.URL != "" || o.URLFile != "" || o.SecretFile != "" || o.CAFile != "" || len(o.Reasons) > 0
}

// check says what is wrong with the options. The files are read once so that a wrong path shows at the start, not at the first abort.
func (o Options) check() error {
	var problems []error
	wrong := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("%w: "+format, append([]any{errOptions}, args...)...))
	}
	switch {
	case o.URL == "" && o.URLFile == "":
		wrong("neither --webhook-url nor --webhook-url-file says where to send to")
	case o.URL != "" && o.URLFile != "":
		wrong("--webhook-url and --webhook-url-file are both set; want one of them")
	default:
		if _, err := o.address(); err != nil {
			wrong("%w", err)
		}
	}
	if _, err := o.secret(); err != nil {
		wrong("%w", err)
	}
	if o.Timeout < 0 {
		wrong("--webhook-timeout is %s; want more than 0", o.Timeout)
	}
	known := reasons()
	for _, reason := range o.Reasons {
		if !slices.Contains(known, reason) {
			wrong("--webhook-reasons: there is no event with the reason %q; want some of %s", reason, strings.Join(known, ", "))
		}
	}
	return errors.Join(problems...)
}

// reasons are those of all events, each once.
func reasons() []string {
	var words []string
	for _, e := range spec.Events() {
		if word := string(e.Reason); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// address is the receiver's URL now. Errors don't repeat it: whoever knows some of these URLs may post to them.
func (o Options) address() (*url.URL, error) {
	text, flag := o.URL, "--webhook-url"
	if o.URLFile != "" {
		var err error
		if text, err = read("--webhook-url-file", o.URLFile); err != nil {
			return nil, err
		}
		flag = "--webhook-url-file"
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("%s: not a URL to send to; want https://HOST/PATH or http://HOST/PATH", flag)
	}
	return u, nil
}

// secret is what to sign with now; nil: nothing is signed.
func (o Options) secret() ([]byte, error) {
	if o.SecretFile == "" {
		return nil, nil
	}
	text, err := read("--webhook-secret-file", o.SecretFile)
	return []byte(text), err
}

func read(flag, path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	text := strings.TrimSpace(string(content))
	if text == "" {
		return "", fmt.Errorf("%s: %s is empty", flag, path)
	}
	return text, nil
}

// client follows no redirect: a notification, its signature with it, goes where the operator has said and nowhere else.
func (o Options) client() (*http.Client, error) {
	c := config.DefaultHTTPClientConfig
	c.TLSConfig.CAFile = o.CAFile
	// A receiver outside the cluster is often reached by way of a proxy.
	c.ProxyFromEnvironment = true
	transport, err := config.NewRoundTripperFromConfig(c, "sluice-webhook")
	if err != nil {
		return nil, fmt.Errorf("%w: --webhook-ca-file: %w", errOptions, err)
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
