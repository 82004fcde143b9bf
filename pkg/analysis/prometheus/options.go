package prometheus

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/config"
)

// Options say which Prometheus to ask, and how much.
type Options struct {
	// Address is the URL of Prometheus, with a path prefix if it has one. Needed.
	Address string
	// BearerTokenFile holds the token to send; it is read anew for each query. CAFile holds the certificates to trust.
	// Both are optional.
	BearerTokenFile, CAFile string
	// ScrapeInterval is the time between two samples of a series: how long to wait for samples to be complete. Default 15 s.
	ScrapeInterval time.Duration
	// Interval is the length of the intervals that requests are counted by. Default 15 s.
	Interval time.Duration
	// History is for how long before a run stable's requests are counted too: only so is it known whether its errors come alone or in
	// bursts. Default 15 min.
	History time.Duration
	// QueryTimeout is how long a query may take, CollectTimeout how long all queries of one Collect. Defaults 10 s and 1 min.
	QueryTimeout, CollectTimeout time.Duration
	// MaxQueries bounds the queries of one Collect; what is left over is asked for in the next. Default 200.
	MaxQueries int
	// MaxRange is the longest time whose samples are asked for in one query. Default 30 min.
	MaxRange time.Duration
	// MaxSelector is the length, in bytes, up to which several runs' pods are put into one selector, or several rules into one query.
	// Default 16,000: some 200 runs.
	MaxSelector int
	// MaxSeries and MaxResponse, in bytes, bound one answer. Defaults 50,000 and 64 MiB.
	MaxSeries   int
	MaxResponse int64
	// Registerer takes the Source's own metrics; nil registers none.
	Registerer prometheus.Registerer
}

// errOptions is wrapped by what New says about its options.
var errOptions = errors.New("prometheus options")

func (o Options) withDefaults() Options {
	setDefault(&o.ScrapeInterval, 15*time.Second)
	setDefault(&o.Interval, 15*time.Second)
	setDefault(&o.History, 15*time.Minute)
	setDefault(&o.QueryTimeout, 10*time.Second)
	setDefault(&o.CollectTimeout, time.Minute)
	setDefault(&o.MaxQueries, 200)
	setDefault(&o.MaxRange, 30*time.Minute)
	setDefault(&o.MaxSelector, 16_000)
	setDefault(&o.MaxSeries, 50_000)
	setDefault(&o.MaxResponse, 64<<20)
	return o
}

func setDefault[T int | int64 | time.Duration](value *T, otherwise T) {
	if *value == 0 {
		*value = otherwise
	}
}

func (o Options) check() error {
	u, err := url.Parse(o.Address)
	switch {
	case o.Address == "":
		return fmt.Errorf("%w: no address", errOptions)
	case err != nil:
		return fmt.Errorf("%w: address: %w", errOptions, err)
	case (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return fmt.Errorf("%w: address %q: want http://HOST:PORT or https://HOST:PORT", errOptions, u.Redacted())
	}
	for name, d := range map[string]time.Duration{"scrape interval": o.ScrapeInterval, "interval": o.Interval, "range": o.MaxRange} {
		if d < time.Millisecond || d%time.Millisecond != 0 {
			return fmt.Errorf("%w: %s %s: want whole milliseconds, at least one", errOptions, name, d)
		}
	}
	if o.History < 0 || o.QueryTimeout < 0 || o.CollectTimeout < 0 || min(int64(o.MaxQueries), int64(o.MaxSelector), int64(o.MaxSeries), o.MaxResponse) < 0 {
		return fmt.Errorf("%w: timeouts and bounds can't be negative", errOptions)
	}
	return nil
}

// Source gathers evidence. It may be used by several goroutines; they take turns.
type Source struct {
	options Options
	api     apiv1.API
	metrics *metrics

	mu   sync.Mutex
	runs map[identity]*run
}

// New makes a Source. It does not connect yet: an address that doesn't answer shows in the evidence.
func New(o Options) (*Source, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	transport, err := transport(o)
	if err != nil {
		return nil, err
	}
	client, err := api.NewClient(api.Config{Address: o.Address, RoundTripper: transport})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOptions, err)
	}
	return &Source{options: o, api: apiv1.NewAPI(client), metrics: newMetrics(o.Registerer), runs: map[identity]*run{}}, nil
}

func transport(o Options) (http.RoundTripper, error) {
	c := config.DefaultHTTPClientConfig
	c.TLSConfig.CAFile = o.CAFile
	if o.BearerTokenFile != "" {
		c.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: o.BearerTokenFile}
	}
	rt, err := config.NewRoundTripperFromConfig(c, "sluice", config.WithUserAgent("sluice"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOptions, err)
	}
	return &bounded{next: rt, limit: o.MaxResponse}, nil
}
