// Package sim tries engines against a store that fails and processes that die, in
// virtual time, from a seed.
//
// A World holds one store and the processes that use it, one or two at a time. The
// seed decides which store calls fail (before or after they took effect), what
// functions answer, when a process dies and when somebody answers, stops or redrives. After every world, Check
// compares what is stored with what was promised: acknowledged work is there, history
// has no gap and explains the snapshot, effects happened once, and everything ends.
//
// It never sleeps in real time and must run inside testing/synctest. It knows the
// engine through its public methods only.
package sim
