package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// probeInterval is how often a starting process is asked whether it is ready: it offers nothing to wait on.
const probeInterval = 50 * time.Millisecond

// waitReady asks a URL until it answers with status 200, the process ends or the context does.
func (p *process) waitReady(ctx context.Context, client *http.Client, url string) error {
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for {
		last := probe(ctx, client, url)
		if last == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-p.done:
			return p.failure(last)
		case <-ctx.Done():
			return p.failure(fmt.Errorf("not ready: %w (%w)", ctx.Err(), last))
		}
	}
}

// probe is one request; its error says what is wrong with the answer.
func probe(ctx context.Context, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 2000))
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("probe: status %d: %s", resp.StatusCode, body)
	}
	return nil
}
