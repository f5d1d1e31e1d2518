// Package models keeps everything Countersign remembers: executions and their
// history, orders, payments, approvals, people, mail and settings, as GORM
// records in one database.
//
// # Guarantees
//
// A write that has returned nil is on disk: SQLite runs with a write-ahead log and
// synchronous=FULL, PostgreSQL with synchronous_commit. All writes of a process go through
// one goroutine, or a few on PostgreSQL, which commits whatever is queued as one
// transaction. A write that is refused takes nothing with it: it sits in a savepoint of its
// own, or is refused before it has written anything, or the whole group is performed again
// write by write. History is only ever appended to,
// without gaps. A conditional change whose condition no longer holds writes nothing. A
// database that cannot be used is refused with an *OpenError before anything in it has
// changed.
//
// Only one process has an SQLite file open. A PostgreSQL database serves any number of
// processes: rows are claimed by one of them, what a write relies on having read is kept
// still by locks (type locks), a group that others came in the way of is tried again, and a
// connection that was lost is made anew. What commits elsewhere reaches subscribers here.
//
// Reads have a pool of connections that cannot write, and see what was committed.
//
// # Walls
//
// The package knows how things are stored and found, and nothing of HTTP, pages,
// retry policy, or the order of an order's states. Of our packages it imports
// workflow alone, whose words the contracts it fulfils are written in: engine.Store
// and the ports of package fulfilment, asserted in its tests. It never imports web,
// views or workflow/asl, nor Echo.
package models
