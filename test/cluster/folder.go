package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// folder is a cluster's directory. A temporary one is locked by its process for as long as it lives, so that others can
// tell what a killed process left behind.
type folder struct {
	path      string
	temporary bool
	lock      *os.File
}

// folderPattern of temporary folders.
const folderPattern = "sluice-cluster-*"

// openFolder returns the given folder, or a temporary one if there is none given.
func openFolder(dir string) (*folder, error) {
	if dir != "" {
		path, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("folder: %w", err)
		}
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, fmt.Errorf("folder: %w", err)
		}
		return &folder{path: path}, nil
	}
	if err := sweep(); err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp("", folderPattern)
	if err != nil {
		return nil, fmt.Errorf("temporary folder: %w", err)
	}
	lock, err := tryLock(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &folder{path: path, temporary: true, lock: lock}, nil
}

// close removes a temporary folder.
func (f *folder) close() error {
	if !f.temporary {
		return nil
	}
	return errors.Join(os.RemoveAll(f.path), f.lock.Close())
}

// tryLock locks a folder's lock file, which the kernel unlocks when the process ends.
func tryLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// sweep removes the temporary folders of processes that ended without doing so.
func sweep() error {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), folderPattern))
	if err != nil {
		return fmt.Errorf("look for old folders: %w", err)
	}
	for _, dir := range dirs {
		// One without a lock file is being made or removed at this moment.
		if _, err := os.Stat(filepath.Join(dir, "lock")); err != nil {
			continue
		}
		lock, err := tryLock(dir)
		if err != nil {
			continue // in use, or another user's
		}
		if err := errors.Join(os.RemoveAll(dir), lock.Close()); err != nil {
			return fmt.Errorf("remove old folder: %w", err)
		}
	}
	return nil
}
