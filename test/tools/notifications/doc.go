// Package notifications has nothing but tests: what examples/notifications shows is loaded and rendered by the code that will load and
// render it at users'.
package notifications
