// Package dashboards has the tests of what people look at and are woken by: the Grafana dashboards in charts/sluice/dashboards and the alert
// rules in charts/sluice/rules.
//
// The files are checked by themselves (against Grafana's schema, against the catalogue of metrics, their links), and every query of them is
// run on the real Prometheus over two real runs, one promoted and one aborted; promtool plays what can't be caused here. The dashboards are
// written from test/dashboards/boards.
package dashboards
