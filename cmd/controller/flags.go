package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/notify"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// flags are the program's settings.
type flags struct {
	version bool

	kubeconfig string
	qps        float64
	burst      int
	namespaces string
	// routeNamespaces are those besides a Deployment's own whose VirtualServices may be edited.
	routeNamespaces string
	workers         int
	domain          string

	prometheus        string
	bearerTokenFile   string
	caFile            string
	prometheusTimeout time.Duration
	interval          time.Duration
	scrapeInterval    time.Duration

	settle, drain time.Duration
	brake         string
	policy        string

	listen         string
	metricsToken   string
	web, webToken  string
	webhook        notify.Options
	webhookReasons string
	leaderElect    bool
	leaseNamespace string
	leaseName      string
	leaseDuration  time.Duration
	logLevel       string
	logFormat      string
}

// brakeAuto picks the brake by whether the brake policy is installed.
const brakeAuto = "auto"

func parseFlags(args []string, out io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("controller", flag.ContinueOnError)
	set.SetOutput(out)
	set.Usage = func() {
		fmt.Fprintln(out, "Sluice makes annotated Deployments roll out progressively and only as far as their metrics allow.\n\n"+
			"Usage: controller [flags]\n       controller lint [flags] FILE…      what annotations and alert rules in manifests mean to Sluice\n"+
			"       controller backtest [flags]        what the gates would have said to past roll-outs\n"+
			"       controller release [flags]         take Sluice out of every Deployment, before it is uninstalled\n"+
			"       controller healthcheck [flags]     ask a controller whether it is well\n\nFlags:")
		set.PrintDefaults()
	}
	f.register(set)
	if err := set.Parse(args); err != nil {
		return flags{}, err
	}
	return f, f.complete(set)
}

// complete checks what was parsed.
func (f *flags) complete(set *flag.FlagSet) error {
	if set.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	f.webhook.Reasons = listed(f.webhookReasons)
	return f.check()
}

// register declares the flags.
func (f *flags) register(set *flag.FlagSet) {
	set.BoolVar(&f.version, "version", false, "print the version and exit")

	set.StringVar(&f.kubeconfig, "kubeconfig", "", "`path` of a kubeconfig; empty: the service account of the pod that this runs in")
	set.Float64Var(&f.qps, "kube-api-qps", 200, "requests a second to the API server")
	set.IntVar(&f.burst, "kube-api-burst", 400, "requests to the API server at once")
	set.StringVar(&f.namespaces, "namespaces", "", "namespaces to watch, separated by `commas`; empty: all")
	set.StringVar(&f.routeNamespaces, "route-namespaces", "",
		"namespaces, separated by `commas`, whose VirtualServices Deployments of other namespaces may name; empty: none")
	set.IntVar(&f.workers, "workers", 8, "Deployments that are handled at once")
	set.StringVar(&f.domain, "cluster-domain", "cluster.local", "the cluster's DNS `domain`, for full host names in VirtualServices")

	set.StringVar(&f.prometheus, "prometheus-address", "",
		"`URL` of Prometheus, for example http://prometheus.monitoring:9090; without it, only Deployments whose gates are off are rolled out")
	set.StringVar(&f.bearerTokenFile, "prometheus-bearer-token-file", "", "`path` of a file with a bearer token for Prometheus; read again for every query")
	set.StringVar(&f.caFile, "prometheus-ca-file", "", "`path` of the CA certificates that Prometheus is verified with; empty: the system's")
	set.DurationVar(&f.prometheusTimeout, "prometheus-timeout", 10*time.Second, "how long one query may take")
	set.DurationVar(&f.interval, "interval", 15*time.Second, "how often the evidence is looked at, and the length of the intervals that it is counted in")
	set.DurationVar(&f.scrapeInterval, "scrape-interval", 15*time.Second, "how often Prometheus scrapes the pods; evidence is looked at one scrape late")

	set.DurationVar(&f.settle, "settle", 12*time.Second,
		"how long the mesh is given to learn of a change before traffic relies on it; istiod gathers changes for up to 10 s; 0 is allowed")
	set.DurationVar(&f.drain, "drain", 30*time.Second, "how long a version keeps its pods after it lost its traffic; 0 is allowed")
	set.StringVar(&f.brake, "brake", brakeAuto,
		"what keeps a Deployment from rolling out by itself: admission (a MutatingAdmissionPolicy), paused (the Deployment rests paused), or auto (admission where the policy is installed)")
	set.StringVar(&f.policy, "brake-policy", "sluice-brake", "`name` of the MutatingAdmissionPolicy and of its binding")

	set.StringVar(&f.listen, "listen-address", ":8080", "`address` for /startupz, /livez, /readyz and /metrics")
	set.StringVar(&f.metricsToken, "metrics-token-file", "",
		"`path` of a file with the token that /metrics asks for, as bearer token or as password of any user; read again for every request; empty: none")
	set.StringVar(&f.web, "web-address", "", "`address` for the web page that shows the rollouts, for example :8081; empty: no page")
	set.StringVar(&f.webToken, "web-token-file", "",
		"`path` of a file with the token that the web page asks for, as password of any user or as bearer token; read again for every request; empty: none")
	w := &f.webhook
	set.StringVar(&w.URL, "webhook-url", "", "`URL` that is told of every event, see docs/notifications.md; empty: none")
	set.StringVar(&w.URLFile, "webhook-url-file", "", "`path` of a file with that URL, where it is a secret; read again for every delivery")
	set.StringVar(&w.SecretFile, "webhook-secret-file", "", "`path` of a file with the secret that notifications are signed with; read again for every delivery")
	set.StringVar(&w.CAFile, "webhook-ca-file", "", "`path` of the CA certificates that the receiver is verified with; empty: the system's")
	set.DurationVar(&w.Timeout, "webhook-timeout", 10*time.Second, "how long one delivery may take")
	set.StringVar(&f.webhookReasons, "webhook-reasons", "", "`reasons` of the events to tell of, separated by commas; empty: all")
	set.BoolVar(&f.leaderElect, "leader-elect", true, "work only while holding the Lease, so that several replicas can run")
	set.StringVar(&f.leaseNamespace, "lease-namespace", "sluice-system", "`namespace` of the Lease")
	set.StringVar(&f.leaseName, "lease-name", "sluice-controller", "`name` of the Lease")
	set.DurationVar(&f.leaseDuration, "lease-duration", 15*time.Second, "how long another replica waits for a leader that is silent")
	set.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	set.StringVar(&f.logFormat, "log-format", "json", "json or console")
}

func (f flags) check() error {
	var problems []error
	for name, d := range map[string]time.Duration{"settle": f.settle, "drain": f.drain} {
		if d < 0 {
			problems = append(problems, fmt.Errorf("--%s is %s; want 0 or more", name, d))
		}
	}
	for name, d := range map[string]time.Duration{
		"interval": f.interval, "scrape-interval": f.scrapeInterval, "prometheus-timeout": f.prometheusTimeout,
	} {
		if d <= 0 {
			problems = append(problems, fmt.Errorf("--%s is %s; want more than 0", name, d))
		}
	}
	if f.web == "" && f.webToken != "" {
		problems = append(problems, errors.New("--web-token-file needs --web-address"))
	}
	if f.leaseDuration < 5*time.Second {
		problems = append(problems, fmt.Errorf("--lease-duration is %s; want 5s or more", f.leaseDuration))
	}
	switch f.brake {
	case brakeAuto, string(strategy.BrakeAdmission), string(strategy.BrakePaused):
	default:
		problems = append(problems, fmt.Errorf("--brake is %q; want auto, admission or paused", f.brake))
	}
	return errors.Join(problems...)
}

func (f flags) namespaceList() []string { return listed(f.namespaces) }

// listed splits a list by its commas.
func listed(text string) []string {
	var list []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, name)
		}
	}
	return list
}
