// Package upkeep looks after a database: its commands check it, copy it, bring copies back, make
// it smaller and move it to a server, and its Retention deletes what has been closed for long while the app runs.
//
// Each command is a struct whose tags the command line is read by, and whose Run does the work
// and prints what it found. A command never makes a database where its reader expects one to be,
// never replaces one, and says with an error what is wrong and what to do about it. What is in
// the tables, and how it is checked, only models knows; nothing here speaks SQL.
package upkeep
