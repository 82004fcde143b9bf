package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// BinEnv names the environment variable that overrides where the binaries are looked for.
const BinEnv = "SLUICE_BIN"

// modulePath is the module whose root folder has the binaries in .bin.
const modulePath = "github.com/sluice-dev/sluice"

// Options of a [Cluster]. The zero value is good.
type Options struct {
	// BinDir has the binaries controlplane and prometheus. Default: $SLUICE_BIN, or else .bin in the repository's root,
	// found upwards from the working directory.
	BinDir string
	// Dir is where data, logs and kubeconfigs go; it stays after Stop. Default: a temporary folder, removed by Stop.
	Dir string
	// Log receives a line per step of the start and for every process that ends unasked. Default: nowhere.
	Log io.Writer
	// ScrapeInterval is Prometheus' interval and timeout. Default: 1s.
	ScrapeInterval time.Duration
	// AuditAccounts has every request of every service account in the audit log: reads, leases, events and discovery too.
	AuditAccounts bool
	// StartTimeout bounds Start. Default: 90s, which a loaded machine may need; it takes some 5s.
	StartTimeout time.Duration
}

// withDefaults fills in what is absent.
func (o Options) withDefaults() (Options, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.ScrapeInterval == 0 {
		o.ScrapeInterval = time.Second
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = 90 * time.Second
	}
	if o.BinDir == "" {
		o.BinDir = os.Getenv(BinEnv)
	}
	if o.BinDir == "" {
		root, err := repositoryRoot()
		if err != nil {
			return o, fmt.Errorf("find the binaries (or set %s): %w", BinEnv, err)
		}
		o.BinDir = filepath.Join(root, ".bin")
	}
	for _, name := range []string{"controlplane", "prometheus"} {
		if _, err := os.Stat(filepath.Join(o.BinDir, name)); err != nil {
			return o, fmt.Errorf("%w: `make tools` builds it", err)
		}
	}
	return o, nil
}

// repositoryRoot is the folder of this module's go.mod, found upwards from the working directory.
func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("working directory: %w", err)
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module "+modulePath+"\n") {
			return dir, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("look for the repository's root: %w", err)
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("not inside the repository")
		}
		dir = filepath.Dir(dir)
	}
}
