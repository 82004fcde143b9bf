// Package chart has the tests of charts/sluice: what it renders, what it refuses, and that Helm, kubeconform and a real API server take it.
//
// Renderings of five sets of values are kept in testdata/golden; `go test ./test/chart -update` writes them anew, for somebody to read the
// difference. What an issue or a document promises is asserted on the parsed objects as well. Installing it, and running what it installs,
// is test/install's.
package chart
