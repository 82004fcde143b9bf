#!/bin/sh
# One kind cluster of a version of Kubernetes, check.sh on it, and the cluster is gone again. It needs a container engine that has
# the image.
#
#   run.sh KUBERNETES [POLICY]       run.sh 1.36 default
#
# POLICY is the name of a configuration beside this file. IMAGE: the controller's, sluice:ci if left out. KIND: another program than
# .bin/kind.
set -eu
here=$(dirname "$0")
version=${1-} policy=${2:-default}
kind=${KIND:-.bin/kind}
node=$(awk -v want="$version" '$1 == want { print $2 }' "$here/images")
[ -n "$node" ] || { echo "KUBERNETES is one of $(awk '{ printf "%s ", $1 }' "$here/images")not \"$version\"" >&2; exit 2; }
[ -f "$here/$policy.yaml" ] || { echo "POLICY is default or beta, not \"$policy\"" >&2; exit 2; }

name=sluice-$(echo "$version-$policy" | tr . -)
folder=$(mktemp -d "${TMPDIR:-/tmp}/sluice-kind.XXXXXX")
KUBECONFIG=$folder/kubeconfig
export KUBECONFIG
end() {
	status=$?
	trap - EXIT
	if [ "$status" -ne 0 ]; then
		"$kind" export logs "$folder/logs" --name "$name" >/dev/null 2>&1 || true
		cat "$folder"/logs/*/pods/sluice-system_*/*/*.log 2>/dev/null | tail -n 100 >&2 || true
	fi
	"$kind" delete cluster --name "$name" >/dev/null 2>&1 || true
	rm -rf "$folder"
	exit "$status"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

"$kind" create cluster --name "$name" --image "$node" --config "$here/$policy.yaml" --wait 5m
"$kind" load docker-image "${IMAGE:-sluice:ci}" --name "$name"
sh "$here/check.sh"
