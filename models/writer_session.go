package models

import "gorm.io/gorm"

// session is the writer's connection to one kind of database. Only the writer's goroutine
// uses it; gorm speaks over the same connection.
type session interface {
	gorm() *gorm.DB
	// begin starts the transaction of a group of writes that needs locks.
	begin(needs locks) error
	// together brings the writes of a group to the front that atOnce can perform, and counts
	// them. The steps that concern one execution keep their order.
	together(group []*write) int
	// atOnce performs such writes in a transaction of their own, which needs locks, and
	// commits it. It wraps errNotTogether when one of them is refused.
	atOnce(group []*write, needs locks) error
	// savepoint, and then either release alone or rollbackTo and release.
	savepoint() error
	rollbackTo() error
	release() error
	// commit returns nil when the group is on disk. An error wraps errUncertain when it may be.
	commit(group []*write) error
	// rollback leaves the session ready for another begin, whatever happened.
	rollback()
	// again says whether the group that failed so may succeed if it is performed once more.
	again(err error) bool
	close() error
}

// locks are what keeps the groups of several processes apart where a write relies on what it
// has read. A group takes its locks before anything else and always in the same order, so
// that two groups cannot wait for each other; one that is performed at once takes lockStock
// last, and then touches nothing that anybody holds who waits for it. A database with one
// writer needs none.
type locks uint8

const (
	lockChanges locks = 1 << iota // changes that people make: whatever reads first and writes then
	lockStock                     // of an item: rows that many orders want at the same time
	lockMetrics
	allLocks = iota // how many there are
)
