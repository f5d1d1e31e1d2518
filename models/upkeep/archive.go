package upkeep

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
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
	Events       []archivedEvent          `json:"events"`
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
	for _, c := range closed {
		line, err := archivedOf(ctx, store, c.ID)
		if errors.Is(err, workflow.ErrNotFound) {
			continue // another process has archived and deleted it
		}
		if err == nil {
			err = lines.Encode(line)
		}
		if err != nil {
			return err
		}
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return file.Flush()
}

func archivedOf(ctx context.Context, store *models.Store, id workflow.ExecutionID) (archived, error) {
	row, err := store.Load(ctx, id)
	if err != nil {
		return archived{}, err
	}
	events, err := store.History(ctx, id, 0, 0)
	if err != nil {
		return archived{}, err
	}
	line := archived{
		ARN: row.ARN(), Name: row.Name, StateMachine: workflow.StateMachineARN(row.StateMachine), Revision: row.Version, Status: row.Status,
		StartedAt: row.StartedAt, StoppedAt: row.StoppedAt, Redrives: row.Redrives, Input: row.Input, Output: row.Output,
		Error: row.Error, Cause: row.Cause, MapRun: row.MapRun, Events: make([]archivedEvent, len(events)),
	}
	for i, e := range events {
		line.Events[i] = archivedEvent{e.ID, e.PreviousID, e.Type, e.At, e.Details}
	}
	return line, nil
}
