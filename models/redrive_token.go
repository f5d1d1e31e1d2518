package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// A client token answers again for the last 10 redrives of an execution, and for 15 minutes.
const (
	redriveTokens    = 10
	redriveTokenLife = 15 * time.Minute
)

// RecordRedrive notes, with the commit of a redrive, the client token that asked for it.
// Refused when the token has redriven the execution lately.
func (s *Store) RecordRedrive(id workflow.ExecutionID, token string) workflow.Effect {
	return effect{name: "RecordRedrive", apply: func(tx *gorm.DB) error {
		_, err := exec(tx, `DELETE FROM redrive_tokens WHERE execution_id = ? AND (at < ? OR token NOT IN
			(SELECT token FROM redrive_tokens WHERE execution_id = ? ORDER BY at DESC LIMIT ?))`,
			int64(id), s.now().Add(-redriveTokenLife).UnixMilli(), int64(id), redriveTokens-1)
		if err != nil {
			return fmt.Errorf("forget old redrive tokens of execution %d: %w", id, err)
		}
		added, err := insert(tx, `INSERT INTO redrive_tokens (execution_id, token, at)
			SELECT id, ?, redriven_at FROM executions WHERE id = ? ON CONFLICT DO NOTHING`, token, int64(id))
		if err != nil {
			return fmt.Errorf("record redrive token of execution %d: %w", id, err)
		}
		if !added {
			return refuse("the token has redriven execution %d", id)
		}
		return nil
	}}
}

// RedrivenWith is when a client token redrove an execution lately, or workflow.ErrNotFound.
func (s *Store) RedrivenWith(ctx context.Context, id workflow.ExecutionID, token string) (time.Time, error) {
	var at int64
	err := s.read(ctx).Raw(`SELECT at FROM redrive_tokens WHERE execution_id = ? AND token = ? AND at >= ?`,
		int64(id), token, s.now().Add(-redriveTokenLife).UnixMilli()).Row().Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("redrive of execution %d by that token: %w", id, workflow.ErrNotFound)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read redrive tokens of execution %d: %w", id, err)
	}
	return time.UnixMilli(at).UTC(), nil
}
