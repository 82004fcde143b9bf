package cluster

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// AuditEvent is one request to the API server, as the server's audit log has it.
type AuditEvent struct {
	Time        time.Time // when the server received it
	Verb        string    // get, list, watch (once it has ended), create, update, patch, delete, deletecollection
	User        string    // who it was done as: the impersonated user if there is one
	Group       string    // of the API, empty for the core
	Resource    string    // plural, lower case
	Subresource string
	Namespace   string
	Name        string // empty for a create with a generated name
	URI         string
	UserAgent   string
	Code        int             // HTTP status
	Request     json.RawMessage // body, of writes to what a roll-out changes and of all writes by Controller
	Response    json.RawMessage // likewise: the object after the write
}

// AuditFilter selects events. Empty fields select all.
type AuditFilter struct {
	User      string
	Namespace string
	Resource  string
	Name      string
	Verbs     []string
	Since     time.Time
	Writes    bool // only verbs that change something, unless refused by the server or a dry run
}

// Audit returns the requests that the API server has answered so far, in the order in which it finished them. Every write
// whose effect the caller has seen by any way is among them.
func (c *Cluster) Audit(ctx context.Context, filter AuditFilter) ([]AuditEvent, error) {
	events, err := c.audit.settled(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(events, func(e AuditEvent) bool { return !filter.selects(e) }), nil
}

// selects says whether an event is one of those asked for.
func (f AuditFilter) selects(e AuditEvent) bool {
	return (f.User == "" || f.User == e.User) &&
		(f.Namespace == "" || f.Namespace == e.Namespace) &&
		(f.Resource == "" || f.Resource == e.Resource) &&
		(f.Name == "" || f.Name == e.Name) &&
		(len(f.Verbs) == 0 || slices.Contains(f.Verbs, e.Verb)) &&
		!e.Time.Before(f.Since) &&
		(!f.Writes || e.wrote())
}

// wrote says whether the request changed something.
func (e AuditEvent) wrote() bool {
	return e.mayWrite() && e.Code >= 200 && e.Code < 300 && !strings.Contains(e.URI, "dryRun=All")
}

// mayWrite says whether the request was to change something.
func (e AuditEvent) mayWrite() bool {
	return slices.Contains([]string{"create", "update", "patch", "delete", "deletecollection"}, e.Verb)
}
