// Package web serves a read-only page about the fleet and the analysis of each roll-out, and the same as JSON.
//
// It owns what the page remembers: the newest state of every managed Deployment, the last events, and samples for the plots. All of that
// is in memory, bounded, and only what watch.Watcher tells it; it asks nobody. It must not write anything, anywhere, and what it shows
// must not be taken for the record: after a restart, or in a new leader, events and samples begin anew.
//
// The way of the data: Seen and Happened fill the store; a request makes a Fleet or a Detail of it, which is what the JSON has and what
// the templates render. The page works without JavaScript; the scripts replace what has changed and draw the plots.
package web
