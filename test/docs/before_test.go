package docs

import (
	"path/filepath"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// gentle has the pods of other controllers end as with a preStop hook, so that what a user notices is what a page has done.
const gentle = `[{"op":"add","path":"/spec/template/spec/containers/0/env","value":[{"name":"VERSION","value":"v1"},{"name":"SHUTDOWN_DELAY","value":"1s"}]}]`

// argoRollouts is the world that Argo Rollouts leaves at rest: its controller isn't here, but what it would have written is.
func (w *world) argoRollouts() {
	w.Helper()
	w.applyFile("examples/migrations/argo-rollouts/before.yaml")
	w.runs(`uid=$(kubectl get rollout shop -o jsonpath='{.metadata.uid}'); kubectl apply -f - <<EOF
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: shop-6b8f5c5f9d
  labels: {app: shop, rollouts-pod-template-hash: 6b8f5c5f9d}
  ownerReferences:
    - {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: shop, uid: $uid, controller: true, blockOwnerDeletion: true}
spec:
  replicas: 4
  selector:
    matchLabels: {app: shop, rollouts-pod-template-hash: 6b8f5c5f9d}
  template:
    metadata:
      labels: {app: shop, rollouts-pod-template-hash: 6b8f5c5f9d}
    spec:
      containers:
        - name: shop
          image: registry.example/shop:v1
          env: [{name: VERSION, value: v1}, {name: SHUTDOWN_DELAY, value: 1s}]
          ports: [{name: http, containerPort: 8080}]
EOF`)
	for _, service := range []string{"shop", "shop-canary"} {
		w.runs("kubectl patch service " + service + ` --type=merge -p '{"spec":{"selector":{"rollouts-pod-template-hash":"6b8f5c5f9d"}}}'`)
		w.runs("kubectl annotate service " + service + " argo-rollouts.argoproj.io/managed-by-rollouts=shop")
	}
	w.runs("kubectl wait --for=jsonpath={.status.readyReplicas}=4 replicaset/shop-6b8f5c5f9d --timeout=1m")
	w.start()
	w.visit(40)
}

// flagger is the world that Flagger leaves at rest.
func (w *world) flagger() {
	w.Helper()
	w.applyFile("examples/migrations/flagger/before.yaml")
	w.runs("kubectl patch deployment shop --type=json -p '" + gentle + "'")
	w.runs("kubectl scale deployment shop --replicas=0")
	w.runs(`uid=$(kubectl get canary shop -o jsonpath='{.metadata.uid}')
owner="{apiVersion: flagger.app/v1beta1, kind: Canary, name: shop, uid: $uid, controller: true, blockOwnerDeletion: true}"
service() { printf '%s\n' --- 'apiVersion: v1' 'kind: Service' "metadata: {name: $1, ownerReferences: [$owner]}" \
  "spec: {selector: {app: $2}, ports: [{name: http, port: 80, targetPort: http}]}"; }
{ service shop shop-primary; service shop-primary shop-primary; service shop-canary shop; cat <<EOF; } | kubectl create -f -
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, ownerReferences: [$owner]}
spec:
  hosts: [shop]
  http:
    - timeout: 5s
      route:
        - {destination: {host: shop-primary}, weight: 100}
        - {destination: {host: shop-canary}, weight: 0}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop-primary, ownerReferences: [$owner]}
spec:
  replicas: 4
  selector: {matchLabels: {app: shop-primary}}
  template:
    metadata: {labels: {app: shop-primary}}
    spec:
      containers:
        - name: shop
          image: registry.example/shop:v1
          env: [{name: VERSION, value: v1}, {name: SHUTDOWN_DELAY, value: 1s}]
          ports: [{name: http, containerPort: 8080}]
EOF`)
	w.runs("kubectl rollout status deployment/shop-primary --timeout=1m")
	w.start()
	w.visit(40)
}

// finalizes does what Flagger's finalizer does before a Canary is gone (v1.36.1, pkg/controller/finalizer.go, pkg/router): the selector is
// the target's, for the Service has no configuration of kubectl's, and the VirtualService is what kubectl has last applied.
func (w *world) finalizes(command string) {
	w.Helper()
	w.runs(`kubectl patch service shop --type=merge -p '{"spec":{"selector":{"app":"shop"}}}'`)
	w.runs(`kubectl apply view-last-applied virtualservice shop | kubectl replace -f -`)
	w.runs(command)
}

// applyFile applies a file of the repository.
func (w *world) applyFile(file string) {
	w.Helper()
	absolute, err := filepath.Abs(filepath.Join(root, file))
	require.NoError(w, err)
	w.runs("kubectl apply -f " + absolute)
}

// visit has users call shop, so many times a second, until the test ends.
func (w *world) visit(rate float64) {
	w.Helper()
	w.users = data.Load(w.ctx, mesh.Target{Namespace: w.namespace, Host: "shop"}, rate)
	w.Cleanup(w.users.Stop)
}

// unnoticed asserts that shop is Sluice's and at rest, and that no request has failed since the world began.
func (w *world) unnoticed() {
	w.Helper()
	w.says(spec.ReasonPromoted)
	_, err := cluster.WaitFor(w.ctx, plane, w.namespace, "shop", func(d *appsv1.Deployment) bool {
		return *d.Spec.Replicas == 4 && cluster.RolledOut(d)
	})
	require.NoError(w, err)
	w.users.Stop()
	got := w.users.Snapshot()
	assert.Positive(w, got.Served)
	assert.Zero(w, got.FailedByRollout, "%+v", got.Failures)
}
