// Package sim tries engines against a store that fails, processes that die and clocks
// that jump, in virtual time, from a seed.
//
// A World holds one store and the processes that use it, one to three at a time. The
// seed decides everything: the state machines, which store calls fail (before or after
// they took effect), after which call a process dies, whose lease is taken from it in the
// middle of a commit, how long the store is out of reach, where the clocks jump to, what
// functions answer, when somebody answers, stops or redrives, and whose turn it is: in virtual
// time whoever is about to call the store, to call or answer for a function, or to act from
// outside waits until no goroutine moves any more, and then chance lets one of them go on.
//
// A world in virtual time is a function of its seed, as far as that goes: Trace writes down the
// same. What is left to the scheduler is what goroutines do between two turns that one turn has
// woken together, or one moment of time, and which of two of a process is first that wait to do
// the same to the same. Of 1,500 worlds that were lived through twice it made a difference in none.
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
