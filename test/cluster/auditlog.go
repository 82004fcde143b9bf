package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
)

// auditLog reads the API server's log piece by piece, as it grows.
type auditLog struct {
	path string

	mu     sync.Mutex // guards what follows
	offset int64
	events []AuditEvent    // answered requests
	open   map[string]bool // audit IDs of the writes that were received and aren't answered yet
}

func newAuditLog(path string) *auditLog { return &auditLog{path: path, open: map[string]bool{}} }

// settled returns all events, once every write that was received before has been answered. The server logs a request before
// it carries it out, but its answer only after: who sees a write's effect by a watch may be ahead of the log.
func (l *auditLog) settled(ctx context.Context) ([]AuditEvent, error) {
	events, before, err := l.read()
	if err != nil {
		return nil, err
	}
	ticker := time.NewTicker(5 * time.Millisecond) // a file offers nothing to wait on
	defer ticker.Stop()
	for open := before; slices.ContainsFunc(before, func(id string) bool { return slices.Contains(open, id) }); {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the audit log: %w", ctx.Err())
		}
		if events, open, err = l.read(); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// read returns the events so far, and the IDs of the open writes.
func (l *auditLog) read() (events []AuditEvent, open []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, err := l.news()
	if err != nil {
		return nil, nil, fmt.Errorf("audit log: %w", err)
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole { // the rest is being written
			return slices.Clone(l.events), slices.Sorted(maps.Keys(l.open)), nil
		}
		if err := l.take(line); err != nil {
			return nil, nil, fmt.Errorf("audit log: %w", err)
		}
		l.offset += int64(len(line)) + 1
		text = rest
	}
}

// news is what the file has beyond the offset.
func (l *auditLog) news() ([]byte, error) {
	f, err := os.Open(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	return io.ReadAll(io.NewSectionReader(f, l.offset, 1<<62))
}

// take adds one line, an object of audit.k8s.io/v1.
func (l *auditLog) take(line []byte) error {
	var raw struct {
		AuditID, Stage              string
		Verb, RequestURI, UserAgent string
		User, ImpersonatedUser      struct{ Username string }
		ObjectRef                   struct{ Resource, Subresource, Namespace, Name, APIGroup string }
		ResponseStatus              struct{ Code int }
		RequestReceivedTimestamp    time.Time
		RequestObject               json.RawMessage
		ResponseObject              json.RawMessage
	}
	if err := json.Unmarshal(line, &raw); err != nil {
		return err
	}
	e := AuditEvent{
		Time: raw.RequestReceivedTimestamp, Verb: raw.Verb, User: raw.User.Username,
		Group: raw.ObjectRef.APIGroup, Resource: raw.ObjectRef.Resource, Subresource: raw.ObjectRef.Subresource,
		Namespace: raw.ObjectRef.Namespace, Name: raw.ObjectRef.Name,
		URI: raw.RequestURI, UserAgent: raw.UserAgent, Code: raw.ResponseStatus.Code,
		Request: raw.RequestObject, Response: raw.ResponseObject,
	}
	if raw.ImpersonatedUser.Username != "" {
		e.User = raw.ImpersonatedUser.Username
	}
	if raw.Stage != "RequestReceived" { // ResponseComplete, or Panic
		delete(l.open, raw.AuditID)
		l.events = append(l.events, e)
	} else if e.mayWrite() {
		l.open[raw.AuditID] = true
	}
	return nil
}
