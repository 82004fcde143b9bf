// Package backtest holds the tests of pkg/backtest and pkg/backtest/history against a real Prometheus. Three days of a Deployment's
// life are scripted, written down as a Prometheus would have scraped them and filled into its storage, so that nothing is waited for;
// what the script knows is compared with what the report says.
package backtest
