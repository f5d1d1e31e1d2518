package models

import (
	"context"
	"fmt"

	"countersign/workflow"
)

// CheckHistories says, in sentences, where an execution's history has a gap or does
// not end where its row says. None means that every history is whole.
func (s *Store) CheckHistories(ctx context.Context) ([]string, error) {
	rows, err := s.read(ctx).Raw(`SELECT id, last_event_id FROM executions ORDER BY id`).Rows()
	if err != nil {
		return nil, fmt.Errorf("check histories: %w", err)
	}
	defer rows.Close()
	var violations []string
	for rows.Next() {
		var id workflow.ExecutionID
		var last int64
		if err := rows.Scan(&id, &last); err != nil {
			return nil, fmt.Errorf("check histories: %w", err)
		}
		events, err := s.History(ctx, id, 0, 0)
		if err != nil {
			return nil, err
		}
		violations = append(violations, gaps(id, last, events)...)
	}
	return violations, rows.Err()
}

func gaps(id workflow.ExecutionID, last int64, events []workflow.HistoryEvent) (violations []string) {
	for i, event := range events {
		if want := int64(i) + 1; event.ID != want {
			return append(violations, fmt.Sprintf("Execution %d: event %d stands where %d should.", id, event.ID, want))
		}
		if event.PreviousID >= event.ID {
			violations = append(violations, fmt.Sprintf("Execution %d: event %d follows event %d.", id, event.ID, event.PreviousID))
		}
	}
	if int64(len(events)) != last {
		violations = append(violations, fmt.Sprintf("Execution %d: its row counts %d events, its history has %d.", id, last, len(events)))
	}
	return violations
}
