package models

import (
	"context"
	"fmt"

	"countersign/workflow"
)

// WholeExecution is an execution with its whole history, and the Map Runs that it has started.
type WholeExecution struct {
	workflow.Row
	Events  []workflow.HistoryEvent
	MapRuns []CountedMapRun
}

// CountedMapRun is a Map Run and what became of its items.
type CountedMapRun struct {
	workflow.MapRun
	Children, Held workflow.MapRunCounts
}

// WholeExecutions reads executions in the order of their ids; one that is gone is left out. A few
// at once are much quicker than one after the other where each statement goes to a server.
func (s *Store) WholeExecutions(ctx context.Context, ids []workflow.ExecutionID) ([]WholeExecution, error) {
	numbers := make([]int64, len(ids))
	for i, id := range ids {
		numbers[i] = int64(id)
	}
	rows, err := scanRows(s.read(ctx).Raw(`SELECT `+executionColumns+` FROM executions WHERE `+s.dialect.among("id")+` ORDER BY id`,
		s.dialect.idList(numbers)).Rows())
	if err != nil {
		return nil, fmt.Errorf("read whole executions: %w", err)
	}
	whole, at := make([]WholeExecution, len(rows)), make(map[workflow.ExecutionID]*WholeExecution, len(rows))
	for i, row := range rows {
		whole[i].Row = row
		at[row.ID] = &whole[i]
	}
	if err := s.wholeHistories(ctx, numbers, at); err != nil {
		return nil, err
	}
	var mapping []workflow.ExecutionID
	err = s.read(ctx).Raw(`SELECT DISTINCT execution_id FROM map_runs WHERE `+s.dialect.among("execution_id"), s.dialect.idList(numbers)).Scan(&mapping).Error
	if err != nil {
		return nil, fmt.Errorf("read whole executions: %w", err)
	}
	for _, id := range mapping {
		if e := at[id]; e != nil {
			if e.MapRuns, err = s.countedMapRuns(ctx, id); err != nil {
				return nil, err
			}
		}
	}
	return whole, nil
}

func (s *Store) wholeHistories(ctx context.Context, ids []int64, at map[workflow.ExecutionID]*WholeExecution) error {
	rows, err := s.read(ctx).Raw(`SELECT execution_id, events FROM history_events WHERE `+s.dialect.among("execution_id")+
		` ORDER BY execution_id, last_id`, s.dialect.idList(ids)).Rows()
	if err != nil {
		return fmt.Errorf("read whole histories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id workflow.ExecutionID
		var text []byte
		if err := rows.Scan(&id, &text); err != nil {
			return fmt.Errorf("read whole histories: %w", err)
		}
		e := at[id]
		if e == nil { // deleted in between
			continue
		}
		if e.Events, err = decodeEvents(e.Events, text, 0); err != nil {
			return fmt.Errorf("read history of execution %d: %w", id, err)
		}
	}
	return rows.Err()
}

func (s *Store) countedMapRuns(ctx context.Context, id workflow.ExecutionID) (all []CountedMapRun, err error) {
	for page := (Page{Limit: maxLimit}); ; {
		runs, next, err := s.MapRuns(ctx, id, page)
		if err != nil {
			return nil, err
		}
		for _, run := range runs {
			counted := CountedMapRun{MapRun: run}
			if counted.Children, counted.Held, err = s.CountMapRun(ctx, run.ARN); err != nil {
				return nil, err
			}
			all = append(all, counted)
		}
		if page.After = next; next == "" {
			return all, nil
		}
	}
}
