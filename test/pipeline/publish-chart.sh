#!/bin/sh
# Packs the chart, pushes it to an OCI registry, and signs what has arrived there.
#
#   publish-chart.sh REGISTRY        publish-chart.sh ghcr.io/sluice-dev/charts
#
# HELM, COSIGN: other programs than those on the PATH. PLAIN_HTTP=yes: for a registry of one's own.
set -eu
registry=${1:?usage: publish-chart.sh REGISTRY}
helm=${HELM:-helm} cosign=${COSIGN:-cosign}
out=.bin/chart

rm -rf "$out"
mkdir -p "$out"
"$helm" package charts/sluice --destination "$out"
"$helm" push "$out"/sluice-*.tgz "oci://$registry" ${PLAIN_HTTP:+--plain-http} >"$out/push.log" 2>&1 || { cat "$out/push.log" >&2; exit 1; }
cat "$out/push.log"
digest=$(sed -n 's/^Digest: \(sha256:[0-9a-f]*\)$/\1/p' "$out/push.log")
[ -n "$digest" ] || { echo "helm names no digest of what it pushed" >&2; exit 1; }
"$cosign" sign --yes "$registry/sluice@$digest"
