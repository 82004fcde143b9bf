// Package manifests embeds the objects that Sluice needs in a cluster besides its own Deployment: its permissions and the brake
// policy. Tests and the demo apply these very files. They are made of charts/sluice by `make generate`, and so is install.yaml, the whole
// chart for those who don't use Helm; test/chart holds them equal.
package manifests

import _ "embed"

// RBAC is the namespace, the service account and everything that it may do.
//
//go:embed rbac.yaml
var RBAC string

// Brake is the admission policy that pauses an annotated Deployment in the write that changes its template. It needs Kubernetes
// 1.36 or later.
//
//go:embed brake.yaml
var Brake string
