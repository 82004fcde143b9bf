package traffic

import (
	"fmt"

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
	return nil
}
