// Package e2e has the scenarios that an outsider must see to work, each against a real control plane, a real Prometheus, real HTTP
// traffic and the controller as a process of its own. Tests share one control plane and run side by side, each in a namespace of
// its own with a controller of its own.
//
// What is compared is what the API server, its audit log and the users' requests say, never the controller's own claims.
package e2e
