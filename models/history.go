package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"countersign/workflow"
)

// History is engine.Store's. Rows hold the events of one commit each, so the first
// row may begin before the event that is wanted.
func (s *Store) History(ctx context.Context, id workflow.ExecutionID, after int64, limit int) ([]workflow.HistoryEvent, error) {
	query := `SELECT events FROM history_events WHERE execution_id = ? AND last_id > ? ORDER BY last_id`
	args := []any{int64(id), after}
	if limit > 0 {
		query += ` LIMIT ?` // as many rows are enough: each has an event
		args = append(args, limit)
	}
	rows, err := s.read(ctx).Raw(query, args...).Rows()
	if err != nil {
		return nil, fmt.Errorf("read history of execution %d: %w", id, err)
	}
	defer rows.Close()
	var events []workflow.HistoryEvent
	for rows.Next() && (limit <= 0 || len(events) < limit) {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read history of execution %d: %w", id, err)
		}
		if events, err = decodeEvents(events, text, after); err != nil {
			return nil, fmt.Errorf("read history of execution %d: %w", id, err)
		}
	}
	if limit > 0 && len(events) > limit {
		events = events[:limit]
	}
	return events, rows.Err()
}

// HistoryBefore reads up to limit events before the given event id, the latest first; before 0
// is the end. Rows that hold nothing of these are not looked at, however long the history is.
func (s *Store) HistoryBefore(ctx context.Context, id workflow.ExecutionID, before int64, limit int) ([]workflow.HistoryEvent, error) {
	query := `SELECT events FROM history_events WHERE execution_id = ? ORDER BY last_id DESC LIMIT ?`
	args := []any{int64(id), limit} // as many rows are enough: each has an event
	if before > 0 {
		query = `SELECT events FROM history_events WHERE execution_id = ? AND last_id <=
			(SELECT min(last_id) FROM history_events WHERE execution_id = ? AND last_id >= ?) ORDER BY last_id DESC LIMIT ?`
		args = []any{int64(id), int64(id), before - 1, limit + 1} // the first may hold nothing but later events
	}
	rows, err := s.read(ctx).Raw(query, args...).Rows()
	if err != nil {
		return nil, fmt.Errorf("read history of execution %d: %w", id, err)
	}
	defer rows.Close()
	var events []workflow.HistoryEvent
	for rows.Next() && len(events) < limit {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read history of execution %d: %w", id, err)
		}
		row, err := decodeEvents(nil, text, 0)
		if err != nil {
			return nil, fmt.Errorf("read history of execution %d: %w", id, err)
		}
		for _, e := range slices.Backward(row) {
			if (before <= 0 || e.ID < before) && len(events) < limit {
				events = append(events, e)
			}
		}
	}
	return events, rows.Err()
}

// CountEvents is the length of an execution's history; 0 when there is no such execution.
func (s *Store) CountEvents(ctx context.Context, id workflow.ExecutionID) (int64, error) {
	var n int64
	err := s.read(ctx).Raw(`SELECT last_event_id FROM executions WHERE id = ?`, int64(id)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count events of execution %d: %w", id, err)
	}
	return n, nil
}

// errUnreadable: a row of the history does not hold what was written to it.
var errUnreadable = errors.New("the stored events cannot be read")

func decodeEvents(events []workflow.HistoryEvent, text []byte, after int64) ([]workflow.HistoryEvent, error) {
	var stored []storedEvent
	if err := json.Unmarshal(text, &stored); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if err := resolve(stored); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	for _, e := range stored {
		if e.ID > after {
			events = append(events, e.event())
		}
	}
	return events, nil
}
