package controller

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
)

// fingerprint is equal for two pod templates if and only if they are, apart from the label pod-template-hash: the comparison by
// which the Deployment controller finds its new ReplicaSet (k8s.io/kubernetes v1.37.2,
// pkg/controller/deployment/util/deployment_util.go, EqualIgnoreHash). It works on the JSON that the server sent, so that fields
// which this program's types don't know count as well.
func fingerprint(template map[string]any) (string, error) {
	template = maps.Clone(template)
	if metadata, ok := template["metadata"].(map[string]any); ok {
		metadata = maps.Clone(metadata)
		// Written as null by older servers, left out by newer ones.
		delete(metadata, "creationTimestamp")
		if labels, ok := metadata["labels"].(map[string]any); ok {
			labels = maps.Clone(labels)
			delete(labels, appsv1.DefaultDeploymentUniqueLabelKey)
			metadata["labels"] = labels
		}
		template["metadata"] = metadata
	}
	// Marshal sorts the keys of maps: the same content has the same bytes.
	text, err := json.Marshal(template)
	if err != nil {
		return "", fmt.Errorf("fingerprint of the pod template: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}
