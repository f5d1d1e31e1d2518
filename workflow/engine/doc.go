// Package engine runs executions of state machines and loses nothing.
//
// It takes steps of the pure interpreter (package asl), commits what each step
// changed in one transaction, and then performs what the step asked for with a
// pool of goroutines of a set size.
//
// # What it guarantees
//
//   - What it has acknowledged is committed: a started execution, an answered task,
//     a stop, a redrive.
//   - A function's effects commit together with the history event of its answer, once.
//     A function itself may be called again after a crash or a refused effect, always
//     with the same idempotency key for the same entry into a state.
//   - An execution that waits (for a timer, a retry, a task token) is a row with a due
//     time. It holds no goroutine, no timer and no memory. Due rows are taken up within
//     a fraction of a second.
//   - A task for workers is an offer that is stored with the step that made it, and is
//     taken by one worker. It is gone with the step that no longer waits for it.
//   - An execution that another one waits for stays due after it has closed until its
//     parent was told, once. An execution that is no longer waited for is stopped, as
//     well as can be: a crash in between leaves it to its own end.
//   - While a function is being called, the execution's row is leased to this engine.
//     Leases are renewed while the engine lives; a lease that has lapsed is taken over by
//     whoever claims it, and every commit names the revision and the holder it believes
//     in, so an engine that lost its lease cannot commit.
//   - What comes from outside (an answer to a task, a heartbeat, a stop, a child's end) does not
//     wait for an engine that is calling a function for the same execution: it is committed
//     beside it, and that engine hears of it and goes on with what is new beside its call.
//   - Drain lets functions in progress finish, commits their answers and gives the
//     leases back; whoever starts next goes on from there.
//
// # How one execution moves
//
// Every change to an execution goes through advance, which holds the execution's
// lock, steps the interpreter, commits and registers the new invocations. A commit
// that was fenced is retried on the state that somebody else committed. A commit whose
// outcome is unknown is retried too: if it had been written, the retry is fenced,
// and the reread state shows what is still outstanding.
//
// # What it must not know
//
// It knows no SQL (the Store does), no order (functions and effects are opaque), and
// no meaning of any state (asl does).
package engine
