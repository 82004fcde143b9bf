#!/bin/sh
# Sluice on whatever cluster KUBECONFIG leads to: the chart is installed, its own test passes, a blue-green run ends in a promotion, and
# what is left after the uninstallation is a plain Deployment. The image must be on the nodes already.
#
#   IMAGE=sluice:ci HELM=.bin/helm KUBECTL='.bin/controlplane kubectl' PLUGIN=.bin/kubectl-sluice check.sh
#
# Further arguments go to `helm upgrade --install`.
set -eu
here=$(dirname "$0")
image=${IMAGE:-sluice:ci} helm=${HELM:-helm} plugin=${PLUGIN:-kubectl-sluice}
kubectl() { ${KUBECTL:-kubectl} "$@"; }
repository=${image%:*} registry=docker.io/library
case $repository in
*/*) registry=${repository%%/*} repository=${repository#*/} ;;
esac

echo "== the chart"
"$helm" upgrade sluice charts/sluice --install --namespace sluice-system --create-namespace --wait --timeout 5m \
	--set "image.registry=$registry" --set "image.repository=$repository" --set "image.tag=${image##*:}" \
	--set image.pullPolicy=Never "$@"
"$helm" test sluice --namespace sluice-system --timeout 3m

echo "== a run"
kubectl apply -f "$here/app.yaml"
kubectl -n shop wait --for=condition=sluice.dev/Promoted deployment/shop --timeout=3m
before=$(kubectl -n shop get replicasets -l app=shop -o name)
kubectl -n shop set env deployment/shop VERSION=v2
"$plugin" -n shop status shop --wait --timeout 5m
version=$(kubectl -n shop get pods -l app=shop --field-selector=status.phase=Running \
	-o jsonpath='{range .items[?(@.metadata.deletionTimestamp=="")]}{.spec.containers[0].env[0].value}{" "}{end}')
after=$(kubectl -n shop get replicasets -l app=shop -o name)
[ "$before" != "$after" ] || { echo "no new ReplicaSet: $after" >&2; exit 1; }
echo "pods run: $version"

echo "== the way out"
"$helm" uninstall sluice --namespace sluice-system --wait --timeout 6m
paused=$(kubectl -n shop get deployment shop -o jsonpath='{.spec.paused}')
[ "$paused" != true ] || { echo "the Deployment is still paused" >&2; exit 1; }
left=$(kubectl -n shop get configmap shop-sluice --ignore-not-found -o name)
[ -z "$left" ] || { echo "left behind: $left" >&2; exit 1; }
kubectl -n shop set env deployment/shop VERSION=v3
kubectl -n shop rollout status deployment/shop --timeout=3m
echo "everything passed"
