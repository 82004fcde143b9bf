// Package controller observes, plans and executes: it keeps caches of what strategy.Plan needs to see, calls it whenever one of
// these things changes or a time that it asked for has come, and carries out its actions in order, stopping at the first error.
//
// It decides nothing: no rule about a roll-out lives here. It owns the informers, the work queue, the record's storage, the
// gathering of evidence (beside the reconcile loop, so that a Prometheus that hangs delays no traffic action), events and the
// controller's own metrics. It must not write without the resourceVersion that an action was decided on.
package controller
