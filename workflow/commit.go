package workflow

import "time"

// Row is an execution as the store keeps it.
type Row struct {
	ExecutionInfo
	Snapshot []byte // as the last commit left it
	Revision int64  // grows by one with every commit of this execution, from 1
	Owner    string // the engine that holds the lease; empty when nobody does
	DueAt    time.Time
	LeftBy   string // of a row that was claimed: who held it before, and may have begun what is outstanding
}

// GivenBack is the owner of an execution whose holder has ended in order before what is
// outstanding was done.
const GivenBack = "given back"

// Commit is everything that one step of one execution changes. It takes effect
// as a whole or not at all, and when Store.Commit returns nil it is on disk.
type Commit struct {
	Info     ExecutionInfo // as it is from now on
	Snapshot []byte
	// Expect is the revision this step was taken from; 0 creates the execution.
	Expect int64
	// Holder must be the row's owner at the moment of the commit (empty: nobody).
	Holder string
	// Beside says that it is not Holder who commits, but another engine. Holder is told
	// (Store.Hear), and if it is Owner too, its lease ends when it would have, whatever DueAt says.
	Beside bool
	// Owner holds the lease from now on; empty releases it.
	Owner string
	// DueAt is when somebody must look at the execution: the end of the lease when
	// there is an owner, else the earliest timer. Zero: nothing is due.
	DueAt   time.Time
	Events  []HistoryEvent // appended, following the last one without a gap
	Effects []Effect       // applied in the same transaction
	// Offers are activity tasks that workers may take from now on; Withdrawn are those
	// of this execution that they may not any more. A closed execution has none.
	Offers    []Offer
	Withdrawn []EntryID
}
