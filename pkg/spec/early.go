package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	wantHeader = `a request header and its value, for example "x-canary=always"`
	wantMirror = `a whole share of the requests from 1 % to 100 %, for example "10%"`
	// maxHeader bounds name and value, in bytes each.
	maxHeader = 200
)

func parseHeader(value string) (Header, *Problem) {
	name, want, ok := strings.Cut(value, "=")
	name, want = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(want)
	switch {
	case !ok:
		return Header{}, &Problem{Wrong: "no equals sign", Want: wantHeader}
	case !isToken(name):
		return Header{}, &Problem{Wrong: fmt.Sprintf("%q is not the name of a header", shown(name)), Want: wantHeader}
	case slices.Contains([]string{"uri", "scheme", "method", "authority"}, name):
		// istio.io/api, networking/v1alpha3, HTTPMatchRequest.headers.
		return Header{}, &Problem{Wrong: fmt.Sprintf("Istio takes no notice of a header named %q in a match", name), Want: wantHeader}
	case !isHeaderValue(want):
		return Header{}, &Problem{Wrong: "no value, or one with characters that a header can't have", Want: wantHeader}
	}
	return Header{Name: name, Value: want}, nil
}

// isToken accepts what RFC 9110, section 5.1, lets a field name be, less the signs that nobody uses.
func isToken(name string) bool {
	if name == "" || len(name) > maxHeader {
		return false
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// isHeaderValue accepts printable ASCII.
func isHeaderValue(value string) bool {
	if value == "" || len(value) > maxHeader {
		return false
	}
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return false
		}
	}
	return true
}

func parseMirror(value string) (int, *Problem) {
	number, percent := strings.CutSuffix(value, "%")
	if !percent {
		return 0, &Problem{Wrong: "no percent sign", Want: wantMirror}
	}
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 1 || n > 100 {
		return 0, &Problem{Wrong: "not a whole number from 1 to 100", Want: wantMirror}
	}
	return n, nil
}
