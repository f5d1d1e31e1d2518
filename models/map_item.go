package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"

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

// AddMapItems is engine.MapRuns'.
func (s *Store) AddMapItems(ctx context.Context, arn workflow.ARN, items []workflow.MapItem) error {
	err := s.write(ctx, nil, func(tx *gorm.DB) error {
		run, err := openMapRun(tx, arn)
		if err != nil {
			return err
		}
		for _, item := range items {
			_, err := exec(tx, `INSERT INTO map_items (map_run_id, position, items, input) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				run.ID, item.Index, item.Count, []byte(item.Input))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add items to %s: %w", arn, err)
	}
	return nil
}

// MapItems is engine.MapRuns'.
func (s *Store) MapItems(ctx context.Context, arn workflow.ARN, limit int) ([]workflow.MapItem, error) {
	rows, err := s.read(ctx).Raw(`SELECT position, items, input FROM map_items
		WHERE map_run_id = (SELECT id FROM map_runs WHERE arn = ?) AND execution_id IS NULL ORDER BY position LIMIT ?`, string(arn), limit).Rows()
	if err != nil {
		return nil, fmt.Errorf("items of %s: %w", arn, err)
	}
	defer rows.Close()
	var items []workflow.MapItem
	for rows.Next() {
		var item workflow.MapItem
		if err := rows.Scan(&item.Index, &item.Count, &item.Input); err != nil {
			return nil, fmt.Errorf("items of %s: %w", arn, err)
		}
		items = append(items, item)
	}
	return items, rows.Err()
}

// StartMapItem says which execution processes an item; one only, ever.
func (s *Store) StartMapItem(arn workflow.ARN, index int64, id workflow.ExecutionID) workflow.Effect {
	return effect{name: "StartMapItem", apply: func(tx *gorm.DB) error {
		n, err := exec(tx, `UPDATE map_items SET execution_id = ?, input = NULL
			WHERE map_run_id = (SELECT id FROM map_runs WHERE arn = ? AND status = ?) AND position = ? AND execution_id IS NULL`,
			int64(id), string(arn), string(workflow.Running), index)
		if err == nil && n == 0 {
			err = workflow.ErrEffectRefused
		}
		return err
	}}
}
