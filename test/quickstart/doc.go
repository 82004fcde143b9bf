// Package quickstart has the tests of examples/quickstart: its very manifests are taken through a promoted and an aborted run on a real
// control plane, with a data plane that honours its VirtualService, and its application is built, run and asked.
//
// Only two things are not as on a user's cluster: pods are the pod runner's, which reads the same variables as the application does, and
// the steps are held for a second instead of half a minute.
package quickstart
