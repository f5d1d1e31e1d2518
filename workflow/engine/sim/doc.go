// Package sim tries engines against a store that fails, processes that die and clocks
// that jump, in virtual time, from a seed.
//
// A World holds one store and the processes that use it, one to three at a time. The
// seed decides everything: the state machines, which store calls fail (before or after
// they took effect), after which call a process dies, whose lease is taken from it in the
// middle of a commit, how long the store is out of reach, where the clocks jump to, what
// functions answer, and when somebody answers, stops or redrives. Chances are drawn by what is
// decided and not by when, so a seed finds again what it found, whichever goroutine is
// first.
//
// A witness between the processes and the store checks every single commit as it takes
// effect, against a model that is made of the history alone; Run compares what is stored
// with what was acknowledged after every process's end, and at the end of the world, by
// which everything must have ended. What a scenario adds (state machines, functions,
// their books) it checks itself.
//
// It never sleeps in real time: Run must be called inside testing/synctest, and RunIn is told
// by its Setting how time passes. RunIn lives through the same worlds on any store; there the
// witness learns of commits just after they took effect, puts them in order, and compares
// all that is stored with them. Which goroutine is first decides there too, so a seed finds
// again what it found only if that is the same. The package knows the engine through its
// public methods only.
package sim
