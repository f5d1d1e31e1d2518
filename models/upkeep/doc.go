// Package upkeep holds the commands that look after a database: they check it, copy it, and
// bring copies back.
//
// Each command is a struct whose tags the command line is read by, and whose Run does the work
// and prints what it found. A command never makes a database where its reader expects one to be,
// never replaces one, and says with an error what is wrong and what to do about it. What is in
// the tables, and how it is checked, only models knows; nothing here speaks SQL.
package upkeep
