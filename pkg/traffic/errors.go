package traffic

import (
	"errors"
	"fmt"
)

// Errors of Look and Split, to be told apart with errors.Is.
var (
	// ErrTarget means that the Target itself can't be used: a name is missing, or the canary is the Service.
	ErrTarget = errors.New("unusable target")
	// ErrNoRoute means that no route, or none of the named ones, gives the Service a share of its traffic.
	ErrNoRoute = errors.New("no route leads to the Service")
	// ErrUnknownRoute means that a route was asked for by a name which no route has.
	ErrUnknownRoute = errors.New("no such route")
	// ErrMalformed means that a field isn't what a VirtualService has there. It comes in a FieldError.
	ErrMalformed = errors.New("malformed VirtualService")
	// ErrTaken means that a route uses for itself what a header or a mirror would need. It comes in a FieldError.
	ErrTaken = errors.New("in the user's own use")
	// ErrHeader means a header that can't be asked for: no name or value, a name that isn't lower case, or one that Istio ignores.
	ErrHeader = errors.New("unusable header")
	// ErrWeight means a weight that can't be split or asked for: outside its range, all weights of a route 0, or too large.
	ErrWeight = errors.New("unusable weight")
)

// FieldError says which field of an object is at fault.
type FieldError struct {
	Path    string // as in `spec.http[2].route[0].weight`
	Problem string // what is wrong there, in words
	Err     error  // ErrMalformed, ErrTaken or ErrWeight
}

// Error implements error.
func (e *FieldError) Error() string { return fmt.Sprintf("%v: %s: %s", e.Err, e.Path, e.Problem) }

// Unwrap returns the kind of error.
func (e *FieldError) Unwrap() error { return e.Err }

func wants(path, want string, have any) *FieldError {
	return &FieldError{Path: path, Problem: fmt.Sprintf("must be %s, is %s", want, kindOf(have)), Err: ErrMalformed}
}

// kindOf names a JSON value's kind; a Go type would mean nothing to whoever wrote the YAML.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null or missing"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	}
	return "a number"
}
