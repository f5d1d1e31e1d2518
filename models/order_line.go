package models

import (
	"context"

	"countersign/workflow"
)

// LinesOf reads the lines of several orders at once, for lists that say what was ordered.
// An order that does not exist is missing from the map.
func (s *Store) LinesOf(ctx context.Context, ids []workflow.OrderID) (map[workflow.OrderID][]workflow.Line, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = string(id)
	}
	found, err := s.lines(ctx, keys...)
	if err != nil {
		return nil, err
	}
	lines := make(map[workflow.OrderID][]workflow.Line, len(found))
	for id, l := range found {
		lines[workflow.OrderID(id)] = l
	}
	return lines, nil
}
