package notify

import (
	"sync"
	"time"

	"go.uber.org/zap"
)

// seldom is how often at most the same complaint is logged: an outage of the receiver is one piece of news, not one for each notification.
const seldom = time.Minute

// complaint is a log line that is written at most once in a while.
type complaint struct {
	message string

	mu      sync.Mutex
	last    time.Time
	omitted int
}

// say logs the complaint, with how often it was left out since the last time.
func (c *complaint) say(log *zap.Logger, now time.Time, fields ...zap.Field) {
	c.mu.Lock()
	if !c.last.IsZero() && now.Sub(c.last) < seldom {
		c.omitted++
		c.mu.Unlock()
		return
	}
	omitted := c.omitted
	c.last, c.omitted = now, 0
	c.mu.Unlock()
	log.Warn(c.message, append(fields, zap.Int("omitted", omitted))...)
}
