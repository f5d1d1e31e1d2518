// Package jsonata evaluates JSONata expressions as the Step Functions service does.
//
// The language is not ours: the reference implementation runs in an interpreter of
// JavaScript, loaded with the changes that library.go lists: it works synchronously,
// it counts, and it has the grammar of the version 2.0.6 that the service speaks.
// The service's own functions ($partition, $range, $hash, $random, $uuid, $parse)
// stand beside the library's, and $eval is missing.
//
//	Parse     text → Expression      once, when a definition is validated
//	Evaluate  Expression + Scope → JSON text
//
// Time and randomness are part of the Scope, so the same scope gives the same value.
// What an expression may cost is bounded by counting: 100 levels of evaluation, 6,990,256
// bytes in one value, 873,782 elements in one array (these three are the service's
// measures) and a number of steps. All of these fail with the service's texts.
//
// Counting cannot see into every loop of the library or of the interpreter. For those
// an evaluation that goes on for too long, or while which the process's memory grows by
// hundreds of megabytes, is given up. It is the one place under workflow/asl that looks
// at a clock, and it does so only to give up.
//
// Simple expressions, which are most, are evaluated without the library, a hundred times
// faster; see quick.go. Where there is any doubt about a value, the library gives it.
//
// An Expression can be used by any number of goroutines; each evaluation has an
// interpreter for itself. The package knows nothing of states and definitions.
package jsonata
