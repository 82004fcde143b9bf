package main

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// The manifest of a plugin, as https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ has it.
type (
	plugin struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   pluginMetadata `json:"metadata"`
		Spec       pluginSpec     `json:"spec"`
	}
	pluginMetadata struct {
		Name string `json:"name"`
	}
	pluginSpec struct {
		Version          string           `json:"version"`
		Homepage         string           `json:"homepage"`
		ShortDescription string           `json:"shortDescription"`
		Description      string           `json:"description"`
		Platforms        []pluginPlatform `json:"platforms"`
	}
	pluginPlatform struct {
		Selector selector `json:"selector"`
		URI      string   `json:"uri"`
		SHA256   string   `json:"sha256"`
		Bin      string   `json:"bin"`
	}
	selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	}
)

const home = "https://github.com/sluice-dev/sluice"

// krew is the manifest that `kubectl krew install --manifest=sluice.yaml` takes.
func krew(version string, all []packed) ([]byte, error) {
	p := plugin{APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin"}
	p.Metadata.Name = "sluice"
	p.Spec = pluginSpec{
		Version: "v" + version, Homepage: home,
		ShortDescription: "Watch and command progressive roll-outs",
		Description: "Shows where the roll-outs of Deployments that Sluice manages are, and why, and gives\n" +
			"commands: approve, promote, abort, retry, pause, resume, restart.\n",
	}
	for _, one := range all {
		p.Spec.Platforms = append(p.Spec.Platforms, pluginPlatform{
			Selector: selector{map[string]string{"os": one.os, "arch": one.arch}},
			URI:      fmt.Sprintf("%s/releases/download/v%s/%s", home, version, one.archive),
			SHA256:   one.sum, Bin: one.program,
		})
	}
	manifest, err := yaml.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("krew's manifest: %w", err)
	}
	return manifest, nil
}
