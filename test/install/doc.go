// Package install has what an operator must see to work: the chart, installed, upgraded and uninstalled by Helm on a real control plane.
//
// The pods that the chart makes run as processes (test/cluster/podprocess): with the arguments, the environment, the Secrets, the probes
// and the ServiceAccount that the chart gives them, and nothing else. Whatever the API server is asked for is in its audit log, from which
// the tests know what permissions are used. Applications, users and Prometheus are those of test/e2e.
//
//	release  the chart under a name, in a namespace, as Helm knows it
//	shop     an application with users, and what a developer does to it
//	rights   what Roles grant, beside what the audit log says was asked for
//	census   every object of the cluster, to be compared before and after
//
// One release that watches all namespaces must be alone; it comes first. The others watch namespaces of their own and run side by side.
// Where the variable SLUICE_CONTROLLER names another controller, that runs in the pods.
package install
