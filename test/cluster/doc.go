// Package cluster runs a real Kubernetes control plane, with Prometheus and Istio's CRDs, for tests and for the demo.
//
// It owns the life of the processes (etcd, kube-apiserver, kube-controller-manager, Prometheus and controllers under test),
// their configuration, users and logs, and what a test needs around them: clients and kubeconfigs, kubectl, the audit log,
// namespaces, waiting for objects, a proxy to the API server, an application to roll out. The sub-package podrunner takes
// the place of scheduler and kubelets. All of it is real but the machines: there are no containers, and a pod is an HTTP
// server in this process, or, where a test says so, a child of it (podprocess).
//
//	this process                                 children of this process
//	┌──────────────────────────────┐             ┌──────────────────────────────────────┐
//	│ test or demo                 │──clients───>│ kube-apiserver ──> etcd              │
//	│ podrunner: pods' servers     │<──scrapes── │ prometheus ──discovers pods──> ^     │
//	│ APIProxy                     │<──requests──│ controller under test (one or more)  │
//	└──────────────────────────────┘             │ kube-controller-manager              │
//	                                             └──────────────────────────────────────┘
//
// Everything listens on loopback addresses of a subnet that this cluster alone has claimed, so that any number of clusters
// run side by side. Nothing outlives the process that called [Start]: the kernel kills the children with it (Linux only),
// and temporary folders that a killed process left are removed by the next Start.
//
// The package must not know how Sluice works: what it offers is what any user of a cluster has. It is not for production.
package cluster
