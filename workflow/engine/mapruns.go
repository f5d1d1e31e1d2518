package engine

import (
	"context"
	"time"

	"countersign/workflow"
)

// MapRuns keeps Map Runs. Implementations are stores too: the effects they make commit
// with executions. They pass the tests of package storetest. A Map Run that is not there has
// no items and no children.
type MapRuns interface {
	// OpenMapRun stores a Map Run that begins, or returns the one of this ARN that began before.
	OpenMapRun(ctx context.Context, run workflow.MapRun) (workflow.MapRun, error)
	// AddMapItems stores inputs of child executions; one that is there already stays.
	AddMapItems(ctx context.Context, arn workflow.ARN, items []workflow.MapItem) error
	// SealMapRun says that there are no more items, and counts them.
	SealMapRun(ctx context.Context, arn workflow.ARN) error
	// MapRun reads a Map Run, or workflow.ErrNotFound.
	MapRun(ctx context.Context, arn workflow.ARN) (workflow.MapRun, error)
	// CountMapRun counts the child executions, and the items that they hold, by status.
	CountMapRun(ctx context.Context, arn workflow.ARN) (executions, items workflow.MapRunCounts, err error)
	// MapItems reads up to limit of the inputs that no execution was started with, in order.
	MapItems(ctx context.Context, arn workflow.ARN, limit int) ([]workflow.MapItem, error)
	// MapChildren visits the child executions in the order of their items; with
	// statuses, those that are in one of them.
	MapChildren(ctx context.Context, arn workflow.ARN, statuses []workflow.ExecutionStatus, visit func(index int64, child workflow.ExecutionInfo) error) error
	// RedriveMapRun opens a closed Map Run again, and lets the items of lost EXPRESS
	// executions wait for others. An open one stays as it is.
	RedriveMapRun(ctx context.Context, arn workflow.ARN, at time.Time) error
	// OrphanedMapRuns are those that may have been left behind: open ones whose parent has closed
	// or is held by nobody, and closed ones of which child executions are open.
	OrphanedMapRuns(ctx context.Context) ([]workflow.ARN, error)
	// AbortMapRun ends an open Map Run whose parent does not wait for it any more. A closed one stays.
	AbortMapRun(ctx context.Context, arn workflow.ARN, at time.Time) error

	// StartMapItem commits with the creation of the execution that processes an item. It
	// is refused when another one does, or when the Map Run is closed.
	StartMapItem(arn workflow.ARN, index int64, id workflow.ExecutionID) workflow.Effect
	// CloseMapRun commits with the parent's history event.
	CloseMapRun(arn workflow.ARN, status workflow.ExecutionStatus, at time.Time, resultsWritten int64) workflow.Effect
}
