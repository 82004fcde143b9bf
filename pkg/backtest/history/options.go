package history

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/config"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/backtest"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// Options say whose history to read, where, and what to judge it by.
type Options struct {
	// Address is the URL of Prometheus. BearerTokenFile holds the token to send, CAFile the certificates to trust; both are optional.
	Address, BearerTokenFile, CAFile string
	// QueryTimeout is how long one query may take. Default 30 s.
	QueryTimeout time.Duration

	Namespace, Deployment string
	// From and Until bound the roll-outs to look for. Needed.
	From, Until time.Time
	// ScrapeInterval is the time between two samples; 0 finds it out. Interval is the length of the intervals to count by. Default 15 s.
	ScrapeInterval, Interval time.Duration
	// MaxRollouts is how many are judged at most, the newest. Default 100.
	MaxRollouts int

	// Spec has the gates and steps.
	Spec spec.Spec
	// Alerts are the rules that are replayed, all lifted.
	Alerts []analysis.Alert
	// Settings are both, for the report.
	Settings backtest.Settings

	// Progress is told what is being done; nil tells nobody.
	Progress func(string)
}

// maxName is the longest name of a Deployment whose ReplicaSets can be told apart by their pods' names: the API server cuts off what
// is beyond 58 characters of <deployment>-<hash>-, and a hash has up to 10.
const maxName = 46

var (
	// ErrNothing is returned, with the report, if not a single roll-out could be replayed.
	ErrNothing = errors.New("nothing could be replayed")

	errOptions = errors.New("options")
)

func (o Options) withDefaults() Options {
	if o.QueryTimeout == 0 {
		o.QueryTimeout = 30 * time.Second
	}
	if o.Interval == 0 {
		o.Interval = 15 * time.Second
	}
	if o.MaxRollouts == 0 {
		o.MaxRollouts = 100
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	o.From, o.Until = o.From.UTC(), o.Until.UTC()
	return o
}

func (o *Options) check() error {
	switch {
	case len(o.Deployment) > maxName:
		return fmt.Errorf("%w: Deployment %s: the names of its pods are cut off, so that they don't tell its ReplicaSets (%d characters, more than %d)",
			errOptions, o.Deployment, len(o.Deployment), maxName)
	case !o.From.Before(o.Until):
		return fmt.Errorf("%w: the history ends at %s, before it begins", errOptions, o.Until.Format(time.RFC3339))
	case o.QueryTimeout < 0 || o.ScrapeInterval < 0 || o.Interval < 0 || o.MaxRollouts < 0:
		return fmt.Errorf("%w: times and bounds can't be negative", errOptions)
	case len(o.Spec.Steps) == 0:
		return fmt.Errorf("%w: no steps", errOptions)
	}
	return nil
}

func connect(o *Options) (apiv1.API, error) {
	c := config.DefaultHTTPClientConfig
	c.TLSConfig.CAFile = o.CAFile
	if o.BearerTokenFile != "" {
		c.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: o.BearerTokenFile}
	}
	transport, err := config.NewRoundTripperFromConfig(c, "sluice", config.WithUserAgent("sluice"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOptions, err)
	}
	client, err := api.NewClient(api.Config{Address: o.Address, RoundTripper: transport})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOptions, err)
	}
	return apiv1.NewAPI(client), nil
}
