package upkeep

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"countersign/models"
	"countersign/workflow"
)

// archived is one line of an archive: an execution in the words of the Step Functions API.
type archived struct {
	ARN          workflow.ARN             `json:"executionArn"`
	Name         string                   `json:"name"`
	StateMachine workflow.ARN             `json:"stateMachineArn"`
	Revision     int64                    `json:"stateMachineRevision"`
	Status       workflow.ExecutionStatus `json:"status"`
	StartedAt    time.Time                `json:"startDate"`
	StoppedAt    time.Time                `json:"stopDate"`
	Redrives     int                      `json:"redriveCount,omitempty"`
	Input        json.RawMessage          `json:"input,omitempty"`
	Output       json.RawMessage          `json:"output,omitempty"`
	Error        string                   `json:"error,omitempty"`
	Cause        string                   `json:"cause,omitempty"`
	MapRun       workflow.ARN             `json:"mapRunArn,omitempty"`
	MapRuns      []archivedMapRun         `json:"mapRuns,omitempty"`
	Events       []archivedEvent          `json:"events"`
}

// archivedMapRun is what DescribeMapRun says of a Map Run. Its child executions have lines of
// their own, in this archive or a later one.
type archivedMapRun struct {
	ARN                 workflow.ARN             `json:"mapRunArn"`
	Status              workflow.ExecutionStatus `json:"status"`
	StartedAt           time.Time                `json:"startDate"`
	StoppedAt           time.Time                `json:"stopDate"`
	Redrives            int                      `json:"redriveCount,omitempty"`
	MaxConcurrency      int64                    `json:"maxConcurrency"`
	ToleratedPercentage float64                  `json:"toleratedFailurePercentage"`
	ToleratedCount      int64                    `json:"toleratedFailureCount"`
	Items               archivedCounts           `json:"itemCounts"`
	Executions          archivedCounts           `json:"executionCounts"`
	ResultsWritten      int64                    `json:"resultsWritten,omitempty"`
}

type archivedCounts struct {
	Pending   int64 `json:"pending"`
	Running   int64 `json:"running"`
	Succeeded int64 `json:"succeeded"`
	Failed    int64 `json:"failed"`
	TimedOut  int64 `json:"timedOut"`
	Aborted   int64 `json:"aborted"`
	Total     int64 `json:"total"`
}

type archivedEvent struct {
	ID       int64              `json:"id"`
	Previous int64              `json:"previousEventId"`
	Type     workflow.EventType `json:"type"`
	At       time.Time          `json:"timestamp"`
	Details  workflow.Details   `json:"details"`
}

// archive writes executions with their histories to a new file of the folder, one JSON object a
// line, gzipped, and returns when that is on disk. Whoever is interrupted before they are deleted
// writes them again, to another file.
func archive(ctx context.Context, store *models.Store, folder string, closed []models.ClosedExecution) (err error) {
	name := filepath.Join(folder, fmt.Sprintf("executions-%s-%s.jsonl.gz", time.Now().UTC().Format("2006-01-02"), rand.Text()[:10]))
	part := name + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("archive executions: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part)
			err = fmt.Errorf("archive executions to %s: %w", name, err)
		}
	}()
	err = writeLines(ctx, store, f, closed)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, name); err != nil {
		return err
	}
	return syncDirectory(folder)
}

func writeLines(ctx context.Context, store *models.Store, f *os.File, closed []models.ClosedExecution) error {
	file := bufio.NewWriterSize(f, 1<<20)
	packed, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(packed)
	lines.SetEscapeHTML(false)
	for ids := range portions(closed) {
		whole, err := store.WholeExecutions(ctx, ids) // another process may have archived and deleted some
		if err != nil {
			return err
		}
		for _, e := range whole {
			if err := lines.Encode(archivedOf(e)); err != nil {
				return err
			}
		}
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return file.Flush()
}

// How much is read at once: so many executions, or fewer if their histories are long.
const (
	archivedAtOnce       = 50
	archivedEventsAtOnce = 1000
)

// portions are executions that are read together.
func portions(closed []models.ClosedExecution) iter.Seq[[]workflow.ExecutionID] {
	return func(yield func([]workflow.ExecutionID) bool) {
		var ids []workflow.ExecutionID
		var events int64
		for _, c := range closed {
			if len(ids) == archivedAtOnce || len(ids) > 0 && events+c.Events > archivedEventsAtOnce {
				if !yield(ids) {
					return
				}
				ids, events = nil, 0
			}
			ids, events = append(ids, c.ID), events+c.Events
		}
		if len(ids) > 0 {
			yield(ids)
		}
	}
}

func archivedOf(e models.WholeExecution) archived {
	line := archived{
		ARN: e.ARN(), Name: e.Name, StateMachine: workflow.StateMachineARN(e.StateMachine), Revision: e.Version, Status: e.Status,
		StartedAt: e.StartedAt, StoppedAt: e.StoppedAt, Redrives: e.Redrives, Input: e.Input, Output: e.Output,
		Error: e.Error, Cause: e.Cause, MapRun: e.MapRun, Events: make([]archivedEvent, len(e.Events)),
	}
	for i, event := range e.Events {
		line.Events[i] = archivedEvent{event.ID, event.PreviousID, event.Type, event.At, event.Details}
	}
	for _, run := range e.MapRuns {
		line.MapRuns = append(line.MapRuns, archivedMapRun{
			ARN: run.ARN, Status: run.Status, StartedAt: run.StartedAt, StoppedAt: run.StoppedAt, Redrives: run.Redrives,
			MaxConcurrency: run.MaxConcurrency, ToleratedPercentage: run.ToleratedFailurePercentage, ToleratedCount: run.ToleratedFailureCount,
			Items: archivedCountsOf(run.Held), Executions: archivedCountsOf(run.Children), ResultsWritten: run.ResultsWritten,
		})
	}
	return line
}

func archivedCountsOf(n workflow.MapRunCounts) archivedCounts {
	return archivedCounts{n.Pending, n.Running, n.Succeeded, n.Failed, n.TimedOut, n.Aborted, n.Total()}
}

// partsLeftAfter is how old an unfinished file is that nobody is writing any more: the next part of
// one that is being written is never so far away.
const partsLeftAfter = time.Hour

// removeParts deletes what interrupted processes have left in the folder. What they were writing is
// still in the database, or in another file.
func removeParts(folder string, now time.Time) error {
	parts, err := filepath.Glob(filepath.Join(folder, "executions-*.jsonl.gz.part"))
	if err != nil {
		return err
	}
	for _, part := range parts {
		found, err := os.Stat(part)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process has finished or removed it
		}
		if err == nil && now.Sub(found.ModTime()) > partsLeftAfter {
			err = os.Remove(part)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an unfinished archive: %w", err)
		}
	}
	return nil
}
