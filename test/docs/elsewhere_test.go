package docs

// elsewhere are the programs that need what isn't here, with the reason and with what checks them instead. It is the only list of its kind.
func elsewhere() map[string]string {
	return map[string]string{
		"docker":    "no container engine; test/image checks the Dockerfile, the pipeline builds it",
		"kind":      "no container engine; the pipeline makes clusters with it",
		"istioctl":  "Istio's images can't be run here; test/mesh honours what Sluice writes for it",
		"terraform": "not a Go module; test/pipeline reads examples/terraform",
		"argocd":    "needs an Argo CD server; test/e2e runs its code for sync, health and actions",
		"amtool":    "needs an Alertmanager; test/tools/notifications runs its code",
		"cosign":    "needs a registry; the pipeline verifies its own signatures",
		"gh":        "needs GitHub",
		"trivy":     "needs its database; the pipeline scans with it",
	}
}
