package notify

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"time"
)

// When a notification is sent again, and when it is given up. Doubling from one second, the waits add up to the age after some 20 attempts.
const (
	firstWait   = time.Second
	longestWait = 2 * time.Minute
	maxAttempts = 20
	// maxAge: whoever hears of an abort half an hour late has seen it elsewhere.
	maxAge = 30 * time.Minute
	// longestAsked bounds what a receiver can ask for with Retry-After.
	longestAsked = 5 * time.Minute
)

// backoff is how long to wait after the n-th failure in a row, from 1: it doubles, and is shortened by up to a half that depends on the id, so
// that several controllers don't come back to a receiver at the same moment.
func backoff(n int, id string) time.Duration {
	wait := longestWait
	if n < 8 {
		wait = min(firstWait<<max(n-1, 0), longestWait)
	}
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", id, n)
	return wait - wait/2*time.Duration(h.Sum32()%1000)/1000
}

// retryAfter is how long a receiver asks to be left alone (RFC 9110, 10.2.3: seconds or a date), within bounds; 0: it doesn't say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(max(seconds, 0), int(longestAsked/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestAsked)
}
