// Package view renders roll-outs for people: a table of many, the state of one, its history, and the frame of the live view.
//
// It is pure: lines come out, in pieces that have a tone; whether a tone becomes a colour, and whether a block or a letter is drawn,
// is decided when they are painted. Every rendering fits the columns that it is given, down to 40.
package view
