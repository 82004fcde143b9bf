// Package e2e has the scenarios that an outsider must see to work, each against a real control plane, a real Prometheus, real HTTP
// traffic and the controller as a process of its own. Tests share one control plane and run side by side, each in a namespace of
// its own with a controller of its own.
//
// What is compared is what the API server, its audit log and the users' requests say, never the controller's own claims: the record
// and the condition are waited for, so that there is something to look at, and read only where their words are what is tested.
//
//	stage    an application in its namespace, the controller, and what a developer does to both
//	journal  every state of every object there, in the order of the API server's revisions; sights are read from it
//	deeds    the audit log: who wrote what
//	users    requests from inside and outside the mesh
//
// Most of a scenario is waiting, so more of them than there are cores should run at once: `go test -parallel 6` on two. Where the
// variable SLUICE_CONTROLLER names another controller, that is tested: one that is broken on purpose, to see a test fail.
package e2e
