package traffic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Share is what the canary gets of the routes that lead to the Service.
type Share struct {
	// Weight is its part of the requests, a whole number of per cent from 0 to 100.
	Weight int
	// Header leads requests that have it to the canary, whatever the Weight. For http routes only.
	Header spec.Header
	// Mirror is the part of the requests, from 0 to 100 per cent, that the canary gets a copy of. For http routes only.
	Mirror int
	// Known keeps both hosts known to every client, whatever the Weight. For http routes only, and not in delegates.
	Known bool
}

func (s Share) check() error {
	if s.Weight < 0 || s.Weight > 100 {
		return fmt.Errorf("%w: %d per cent is not within 0 and 100", ErrWeight, s.Weight)
	}
	if s.Mirror < 0 || s.Mirror > 100 {
		return fmt.Errorf("%w: a mirror of %d per cent is not within 0 and 100", ErrWeight, s.Mirror)
	}
	return checkHeader(s.Header)
}

// checkHeader refuses what would lead others than those with the header to the canary, or nobody. Istio refuses empty values, and says of
// the keys of a match's headers that these four are ignored (networking/v1alpha3/virtual_service.proto of istio.io/api): a route that asks for
// nothing else would take every request.
func checkHeader(h spec.Header) error {
	switch {
	case h == spec.Header{}:
		return nil
	case h.Name == "" || h.Value == "":
		return fmt.Errorf("%w: name %q, value %q: neither may be empty", ErrHeader, h.Name, h.Value)
	case h.Name != strings.ToLower(h.Name) || strings.Contains(h.Name, "="):
		return fmt.Errorf("%w: the name %q isn't one in lower case", ErrHeader, h.Name)
	case slices.Contains([]string{"uri", "scheme", "method", "authority"}, h.Name):
		return fmt.Errorf("%w: Istio ignores one of the name %q", ErrHeader, h.Name)
	}
	return nil
}
