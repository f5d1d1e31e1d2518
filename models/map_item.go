package models

import (
	"context"
	"fmt"

	"countersign/workflow"
)

// ItemsHeld is how many items each of some child executions of Map Runs was started with.
func (s *Store) ItemsHeld(ctx context.Context, children []workflow.ExecutionID) (map[workflow.ExecutionID]int64, error) {
	ids := make([]int64, len(children))
	for i, id := range children {
		ids[i] = int64(id)
	}
	rows, err := s.read(ctx).Raw(`SELECT execution_id, items FROM map_items WHERE execution_id IS NOT NULL AND `+
		s.dialect.among("execution_id"), s.dialect.idList(ids)).Rows()
	if err != nil {
		return nil, fmt.Errorf("items of executions: %w", err)
	}
	defer rows.Close()
	held := make(map[workflow.ExecutionID]int64, len(children))
	for rows.Next() {
		var id workflow.ExecutionID
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("items of executions: %w", err)
		}
		held[id] = n
	}
	return held, rows.Err()
}
