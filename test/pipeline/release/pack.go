package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// platforms are those that the plugin is released for; the Makefile's `dist` builds them.
var platforms = []string{"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64"}

// packed is one archive.
type packed struct{ os, arch, archive, sum, program string }

// pack writes the archives of all platforms, SHA256SUMS, and sluice.yaml for krew.
func pack(root, version, from, to string) error {
	licence, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		return fmt.Errorf("read the licence: %w", err)
	}
	if err := os.MkdirAll(to, 0o750); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	var all []packed
	for _, platform := range platforms {
		p, content, err := archive(version, platform, from, licence)
		if err != nil {
			return fmt.Errorf("pack %s: %w", platform, err)
		}
		if err := write(to, p.archive, content); err != nil {
			return err
		}
		all = append(all, p)
	}
	manifest, err := krew(version, all)
	if err != nil {
		return err
	}
	if err := write(to, "sluice.yaml", manifest); err != nil {
		return err
	}
	return write(to, "SHA256SUMS", []byte(sums(all)+fmt.Sprintf("%s  sluice.yaml\n", sum(manifest))))
}

// archive is a platform's, with the licence beside the program.
func archive(version, platform, from string, licence []byte) (packed, []byte, error) {
	system, arch, _ := strings.Cut(platform, "_")
	p := packed{os: system, arch: arch, program: "kubectl-sluice"}
	form, write := ".tar.gz", tarball
	if system == "windows" {
		p.program, form, write = "kubectl-sluice.exe", ".zip", zipped
	}
	program, err := os.ReadFile(filepath.Join(from, platform, p.program))
	if err != nil {
		return p, nil, err
	}
	content, err := write([]file{{"LICENSE", 0o644, licence}, {p.program, 0o755, program}})
	p.archive = "kubectl-sluice_v" + version + "_" + platform + form
	p.sum = sum(content)
	return p, content, err
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// sums is the file that `sha256sum --check` reads.
func sums(all []packed) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, "%s  %s\n", p.sum, p.archive)
	}
	return b.String()
}

func write(folder, name string, content []byte) error {
	if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return nil
}
