// Package plugin tests the kubectl plugin against a real API server and the real controller: what it reads, what its commands do, with
// which rights, and its exit statuses. There is no traffic here: gates are off, and runs wait for a person.
//
// The environment variable SLUICE_CONTROLLER names another controller to test.
package plugin
