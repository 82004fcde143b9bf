// Pins the CRDs that the chart's objects are checked against. Nothing of these modules is compiled: their files are read from the module
// cache. `go mod tidy` would drop them; to change a version, set it here, remove its lines from go.sum, and run
//
//	go mod download MODULE@VERSION

module github.com/sluice-dev/sluice/test/tools/crds

go 1.26.0

require (
	github.com/external-secrets/external-secrets v1.3.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
