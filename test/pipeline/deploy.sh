#!/bin/sh
# Puts a release on the cluster of an environment: only what our release pipeline has signed, by its digest, and back to what was there
# before if it doesn't come up. The pipeline runs it; by hand it needs a kubeconfig, helm and cosign.
#
#   deploy.sh ENVIRONMENT TAG        deploy.sh staging v0.1.0
#
# KUBECONFIG_CONTENT: the kubeconfig itself, where it is a secret of the pipeline. HELM, COSIGN: other programs than those on the PATH.
set -eu
environment=${1-} tag=${2-}
helm=${HELM:-helm} cosign=${COSIGN:-cosign}
repository=${REPOSITORY:-sluice-dev/sluice}
image=ghcr.io/sluice-dev/sluice
chart=ghcr.io/sluice-dev/charts/sluice

case $environment in
staging | production) ;;
*) echo "ENVIRONMENT is staging or production, not \"$environment\"" >&2; exit 2 ;;
esac
case $tag in
v[0-9]*) ;;
*) echo "TAG is one of a release, as v0.1.0, not \"$tag\"" >&2; exit 2 ;;
esac
values=charts/sluice/values/$environment.yaml
[ -f "$values" ] || { echo "$values is missing: run this from the repository's root" >&2; exit 2; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/sluice-deploy.XXXXXX")
trap 'rm -rf "$folder"' EXIT INT TERM HUP
if [ -n "${KUBECONFIG_CONTENT-}" ]; then
	(umask 077 && printf '%s\n' "$KUBECONFIG_CONTENT" >"$folder/kubeconfig")
	KUBECONFIG=$folder/kubeconfig
	export KUBECONFIG
fi

# verified prints the digest of what carries the signature of our release pipeline for this very tag.
verified() {
	"$cosign" verify --certificate-identity "https://github.com/$repository/.github/workflows/release.yaml@refs/tags/$tag" \
		--certificate-oidc-issuer https://token.actions.githubusercontent.com "$1" >"$folder/signature" || return 1
	digest=$(sed -n 's/.*"docker-manifest-digest":"\(sha256:[0-9a-f]*\)".*/\1/p' "$folder/signature" | head -n 1)
	[ -n "$digest" ] || { echo "cosign names no digest of $1" >&2; return 1; }
	echo "$digest"
}
image_digest=$(verified "$image:$tag")
chart_digest=$(verified "$chart:${tag#v}")

echo "deploying $tag to $environment: image $image_digest, chart $chart_digest"
"$helm" upgrade sluice "oci://$chart@$chart_digest" --install --namespace sluice-system --create-namespace \
	--values "$values" --set "image.digest=$image_digest" --rollback-on-failure --wait --timeout 10m
"$helm" test sluice --namespace sluice-system --timeout 5m
