package chart

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/test/cluster"
)

// schemaLocation is where kubeconform looks for the schema of a kind, below a folder.
const schemaLocation = "{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json"

// writeSchemas writes a JSON schema for every kind that the API server serves and, instead of what it knows of them, for those of crds.
func writeSchemas(ctx context.Context, c *cluster.Cluster, crds []string, dir string) error {
	content, err := c.Client().Discovery().RESTClient().Get().AbsPath("/openapi/v2").SetHeader("Accept", "application/json").DoRaw(ctx)
	if err != nil {
		return fmt.Errorf("the server's OpenAPI: %w", err)
	}
	var document struct {
		Definitions map[string]map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(content, &document); err != nil {
		return fmt.Errorf("the server's OpenAPI: %w", err)
	}
	strict := map[string]any{}
	for name, definition := range document.Definitions {
		strict[name] = tighten(definition)
	}
	for name, definition := range document.Definitions {
		kinds, _ := definition["x-kubernetes-group-version-kind"].([]any)
		for _, entry := range kinds {
			if err := writeKind(dir, entry, name, strict); err != nil {
				return err
			}
		}
	}
	for _, path := range crds {
		if err := writeCRD(dir, path); err != nil {
			return err
		}
	}
	return nil
}

// writeKind writes the schema of one kind, with the definitions that it leads to.
func writeKind(dir string, entry any, name string, all map[string]any) error {
	gvk, _ := entry.(map[string]any)
	needed := map[string]any{}
	gather(all[name], all, needed)
	needed[name] = all[name]
	return writeSchema(dir, fmt.Sprint(gvk["group"]), fmt.Sprint(gvk["version"]), fmt.Sprint(gvk["kind"]),
		map[string]any{"$ref": "#/definitions/" + name, "definitions": needed})
}

func writeSchema(dir, group, version, kind string, schema map[string]any) error {
	content, err := json.Marshal(schema)
	if err != nil {
		return fmt.Errorf("schema of %s: %w", kind, err)
	}
	if group == "" {
		group = version // as kubeconform takes apiVersion apart
	}
	name := fmt.Sprintf("%s_%s_%s.json", group, version, strings.ToLower(kind))
	return os.WriteFile(filepath.Join(dir, name), content, 0o600)
}

// gather adds the definitions that a schema refers to.
func gather(schema any, all, needed map[string]any) {
	switch s := schema.(type) {
	case map[string]any:
		if ref, is := s["$ref"].(string); is {
			name := strings.TrimPrefix(ref, "#/definitions/")
			if _, done := needed[name]; !done {
				needed[name] = all[name]
				gather(all[name], all, needed)
			}
		}
		for _, value := range s {
			gather(value, all, needed)
		}
	case []any:
		for _, value := range s {
			gather(value, all, needed)
		}
	}
}

func writeCRD(dir, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("CRD: %w", err)
	}
	var crd map[string]any
	if err := yaml.Unmarshal(content, &crd); err != nil {
		return fmt.Errorf("CRD %s: %w", path, err)
	}
	group, _, _ := unstructured.NestedString(crd, "spec", "group")
	kind, _, _ := unstructured.NestedString(crd, "spec", "names", "kind")
	versions, _, _ := unstructured.NestedSlice(crd, "spec", "versions")
	for _, item := range versions {
		version, _ := item.(map[string]any)
		schema, found, _ := unstructured.NestedMap(version, "schema", "openAPIV3Schema")
		if !found {
			return fmt.Errorf("CRD %s: a version without a schema", path)
		}
		tight, _ := tighten(schema).(map[string]any)
		// The server knows what metadata is; a CRD doesn't say.
		tight["properties"] = with(tight["properties"], map[string]any{"metadata": map[string]any{"type": "object"}})
		if err := writeSchema(dir, group, fmt.Sprint(version["name"]), kind, tight); err != nil {
			return err
		}
	}
	return nil
}

// tighten makes a JSON schema of one of OpenAPI: nothing that isn't listed, whole numbers where a text or a number may stand.
func tighten(schema any) any {
	switch s := schema.(type) {
	case []any:
		all := make([]any, len(s))
		for i := range s {
			all[i] = tighten(s[i])
		}
		return all
	case map[string]any:
		if s["format"] == "int-or-string" || s["x-kubernetes-int-or-string"] == true {
			return map[string]any{"anyOf": []any{map[string]any{"type": "string"}, map[string]any{"type": "integer"}}}
		}
		// A quantity is a text in OpenAPI, but the server takes a number as well.
		if text, is := s["description"].(string); is && s["type"] == "string" && strings.HasPrefix(text, "Quantity is a fixed-point") {
			return map[string]any{"type": []any{"string", "number"}}
		}
		tight := map[string]any{}
		for key, value := range s {
			tight[key] = tighten(value)
		}
		if _, has := s["properties"]; has && s["additionalProperties"] == nil && s["x-kubernetes-preserve-unknown-fields"] != true {
			tight["additionalProperties"] = false
		}
		return tight
	default:
		return schema
	}
}

func with(fields any, more map[string]any) map[string]any {
	all := map[string]any{}
	if m, is := fields.(map[string]any); is {
		maps.Copy(all, m)
	}
	maps.Copy(all, more)
	return all
}
