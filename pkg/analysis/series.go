package analysis

import (
	"slices"
	"strings"
)

// Side is which of the two versions a pod belongs to.
type Side int

// The sides.
const (
	Canary Side = iota
	Stable
)

// String is the side's name.
func (s Side) String() string {
	if s == Stable {
		return "stable"
	}
	return "canary"
}

// Role is what a series counts.
type Role int

// The roles.
const (
	// RoleGood counts requests that went well, RoleBad requests that failed.
	RoleGood Role = iota
	RoleBad
	// RoleUnknown counts requests of which the metric doesn't say how they went.
	RoleUnknown
	// RoleAll is a histogram's bucket of all requests, RoleFast the bucket of those that were fast enough.
	RoleAll
	RoleFast
)

// RoleOfStatus reads an HTTP status: "500" and "5xx" are bad. Istio's "0" is a request whose caller left before there was an
// answer: a request, and nobody's fault.
func RoleOfStatus(status string) Role {
	if status == "0" {
		return RoleGood
	}
	if len(status) != 3 || status[0] < '1' || status[0] > '5' {
		return RoleUnknown
	}
	for _, c := range []byte(status[1:]) {
		if (c < '0' || c > '9') && c != 'x' && c != 'X' {
			return RoleUnknown
		}
	}
	if status[0] == '5' {
		return RoleBad
	}
	return RoleGood
}

// Series is a part of one cumulative counter of one pod.
type Series struct {
	Side Side
	Pod  string
	// Labels are all labels but the metric's name, the namespace and the pod.
	Labels map[string]string
	Role   Role
	// Group is which of the groups of Family.Groups the series counts for, as in Group.Key; all empty: there are no groups.
	Group string
	// Status is the HTTP status that the role was read from, empty without any.
	Status string
	// Samples are in any order; of several at one time the first counts.
	Samples []Sample
}

// Sample is the value of a counter at a time, in milliseconds since the Unix epoch.
type Sample struct {
	At    int64
	Value float64
}

// Labels that say who scraped, not what was counted. Two Prometheus replicas, or two scrape jobs, differ in these alone.
const (
	labelJob      = "job"
	labelInstance = "instance"
	labelBucket   = "le"
)

func isScraper(label string) bool {
	switch label {
	case labelJob, labelInstance, "prometheus", "prometheus_replica", "replica", "__replica__", "rule_replica", "receive",
		"receive_replica", "ruler_replica", "thanos_replica", "monitor":
		return true
	default:
		return false
	}
}

// isTarget knows the labels that one scrape job may add to the target and another not. An application may use the same words for
// what it counts, so they are part of a series' identity all the same; only in the search for duplicates they are left out.
func isTarget(label string) bool {
	switch label {
	case "service", "endpoint", "node", "host", "cluster", "region", "zone", "environment", "scrape_job", "prometheus_shard":
		return true
	default:
		return false
	}
}

// identity is what the labels of a series say.
type identity struct {
	// counter is what is counted. It survives a change of the scraper: a renamed job goes on with the same counter.
	counter string
	// histogram is the counter without its bucket.
	histogram string
	// alike is what two scrapers of one counter have in common at least.
	alike string
	// scraper is who took the samples.
	scraper string
}

func identify(labels map[string]string) identity {
	names := make([]string, 0, len(labels))
	for name := range labels {
		names = append(names, name)
	}
	slices.Sort(names)
	var counter, histogram, alike, scraper strings.Builder
	for _, name := range names {
		pair := name + "\x00" + labels[name] + "\x00"
		if isScraper(name) {
			scraper.WriteString(pair)
			continue
		}
		counter.WriteString(pair)
		if name != labelBucket {
			histogram.WriteString(pair)
		}
		if !isTarget(name) {
			alike.WriteString(pair)
		}
	}
	return identity{counter: counter.String(), histogram: histogram.String(), alike: alike.String(), scraper: scraper.String()}
}
