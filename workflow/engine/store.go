package engine

import (
	"context"
	"time"

	"countersign/workflow"
)

// Store keeps executions. Implementations pass the tests of package storetest.
// Times are kept to the millisecond.
type Store interface {
	// Commit applies c in one transaction. Errors: workflow.ErrFenced; workflow.ErrEffectRefused;
	// for a creation workflow.ErrExists when an execution of that state machine and
	// name exists with the same input, workflow.ErrConflict when with another (names of
	// EXPRESS executions do not count), and workflow.ErrExists when the same entry and
	// attempt of the same parent has an execution already (those of Map Runs do not count);
	// workflow.ErrIDTaken when there is none of that and the id is another's.
	Commit(ctx context.Context, c *workflow.Commit) error

	// Load reads one execution, or workflow.ErrNotFound.
	Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error)

	// Claim takes up to limit executions whose DueAt is not after now, earliest first,
	// makes owner their holder until the given time, and returns them as they were
	// before, but with the new Owner and DueAt. It does not change the revision.
	Claim(ctx context.Context, owner string, now, until time.Time, limit int) ([]workflow.Row, error)

	// Renew prolongs the leases that owner still holds and returns the ids it holds no longer.
	Renew(ctx context.Context, owner string, ids []workflow.ExecutionID, until time.Time) (lost []workflow.ExecutionID, err error)

	// GiveBack makes the executions that owner still holds due at once, owned by
	// workflow.GivenBack.
	GiveBack(ctx context.Context, owner string, ids []workflow.ExecutionID, now time.Time) error

	// Hear has tell called, until stop is, with executions of which a commit beside their
	// holder has become durable, at all processes but the one that has committed it at least. No
	// executions at all mean that it may have been any: somebody could not be told for a while.
	// tell does not block.
	Hear(tell func([]workflow.ExecutionID)) (stop func())

	// Abandon makes every execution that some other owner holds due at once. Only for a
	// store that a single process uses, at its start, when every other owner is dead.
	Abandon(ctx context.Context, owner string, now time.Time) (int64, error)

	// NextDue is the earliest DueAt of all executions; ok is false when there is none.
	NextDue(ctx context.Context) (at time.Time, ok bool, err error)

	// Find is the STANDARD execution of a state machine by its name, or workflow.ErrNotFound.
	Find(ctx context.Context, machine, name string) (workflow.ExecutionInfo, error)

	// FindChild is the execution that an entry's attempt has started, or workflow.ErrNotFound.
	FindChild(ctx context.Context, p workflow.Parent) (workflow.ExecutionInfo, error)

	// Offers are up to limit tasks that an activity offers, oldest first.
	Offers(ctx context.Context, activity workflow.ARN, limit int) ([]workflow.Offer, error)

	// Resolve says what the ARN of a state machine, of one of its published versions or
	// of an alias starts; roll, from 0 up to but not 1, picks an alias's route.
	// workflow.ErrNotFound when there is none.
	Resolve(ctx context.Context, arn workflow.ARN, roll float64) (workflow.Deployment, error)

	// History reads up to limit events after the given event id, in order; limit 0 is all.
	History(ctx context.Context, id workflow.ExecutionID, after int64, limit int) ([]workflow.HistoryEvent, error)

	// PutDefinition stores a state machine's definition and returns its version: a new
	// one when the text differs from the latest, else the latest.
	PutDefinition(ctx context.Context, machine string, definition []byte) (version int64, err error)

	// Definition reads a version of a definition; version 0 asks for the latest and
	// the answer says which that is. workflow.ErrNotFound when there is none.
	Definition(ctx context.Context, machine string, version int64) (definition []byte, actual int64, err error)
}
