// Package view turns what the demo has seen into text for people: the live table, lines for a log, and the table at the end.
//
// It is pure: a [State] in, text out. It reads no clock, asks nobody and knows no terminal; package terminal puts the lines on one.
package view
