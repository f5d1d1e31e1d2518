// Package asl is the pure core of Countersign: it parses, validates and
// interprets the Amazon States Language (states-language.net).
//
// The stages follow one another and each knows only the earlier ones:
//
//	Parse     text → Definition      is it JSON, has it the right fields of the right types?
//	Validate  Definition → StateMachine   do targets exist, are paths and values well formed?
//	Step      StateMachine + Snapshot + Event + time + seed → Outcome
//
// Only a StateMachine can be stepped, and only Validate makes one; Check does both for
// a type of state machine. Both earlier stages report every problem they find, in the
// service's words and order, each with the service's name for the place, its JSON
// Pointer and line. FEATURES.md says where each part of the language is specified and
// which tests show it.
//
// A step goes on until every frame of the snapshot waits for something outside,
// or the execution has closed. Its Outcome is the next snapshot, the history
// events that explain the change, and the commands to perform once both are
// stored. The given snapshot is never changed, so a step that could not be
// stored can be thrown away. The same arguments give the same outcome.
//
// All timers (Wait states, retry delays, timeouts, heartbeats) are deadlines in
// the snapshot: Snapshot.WakeAt names the earliest, Tick fires those that are
// due. What was asked of the outside and is still unanswered can be derived from
// a snapshot again with Outstanding. Payloads pass through as the texts they
// are; they are looked into only where a path or a template asks for it.
//
// A Task state calls a function, an integration of the table in integration.go, or
// offers its input to an activity's workers. Its invocation may end it, or be the
// beginning of a wait: for a task token, or for an execution that was started. A
// function's and a token's clocks start when the task is scheduled, an activity's when
// a worker takes it.
//
// What comes from outside is bounded: definitions and payloads in size and depth,
// searches and intrinsic functions in what they may cost, histories in length.
// Random values are drawn from the seed; those in a task's arguments from one kept
// in the snapshot, so that the task can be invoked again with the same arguments.
//
// The package knows no clock, no source of randomness, no I/O, no goroutines, no
// logging and no context. Times and seeds are arguments.
package asl
