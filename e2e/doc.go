// Package e2e drives the built binary as its users do: with a browser, over HTTP, with
// signals, and with kill -9.
//
// It imports no package of ours. Tests that want a browser skip with one line when
// there is none, unless COUNTERSIGN_TEST_NOTHING_SKIPPED is set: then they fail.
package e2e
