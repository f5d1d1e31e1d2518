package storetest

import (
	"context"
	"maps"
	"slices"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

var _ engine.MapRuns = (*Memory)(nil)

// mapRun is a Map Run and its items.
type mapRun struct {
	workflow.MapRun
	items []mapItem // by index
}

type mapItem struct {
	workflow.MapItem
	execution workflow.ExecutionID // 0: none was started
}

// mapEffect is an effect on a Map Run. Both functions are called with the lock held.
type mapEffect struct {
	name    string
	refused func() bool
	apply   func()
}

// EffectName implements workflow.Effect.
func (e mapEffect) EffectName() string { return e.name }

// onMapRun calls do with a Map Run, or answers workflow.ErrNotFound.
func (m *Memory) onMapRun(arn workflow.ARN, do func(*mapRun)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	run := m.mapRuns[arn]
	if run == nil {
		return workflow.ErrNotFound
	}
	do(run)
	return nil
}

// onAnyMapRun is onMapRun for what has nothing to do when there is no Map Run.
func (m *Memory) onAnyMapRun(arn workflow.ARN, do func(*mapRun)) {
	_ = m.onMapRun(arn, do)
}

// OpenMapRun implements engine.MapRuns.
func (m *Memory) OpenMapRun(_ context.Context, run workflow.MapRun) (workflow.MapRun, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if there := m.mapRuns[run.ARN]; there != nil {
		return there.MapRun, nil
	}
	m.mapRuns[run.ARN] = &mapRun{MapRun: run}
	return run, nil
}

// AddMapItems implements engine.MapRuns.
func (m *Memory) AddMapItems(_ context.Context, arn workflow.ARN, items []workflow.MapItem) error {
	return m.onMapRun(arn, func(run *mapRun) {
		for _, item := range items {
			if item.Index == int64(len(run.items)) {
				run.items = append(run.items, mapItem{MapItem: item})
			}
		}
	})
}

// SealMapRun implements engine.MapRuns.
func (m *Memory) SealMapRun(_ context.Context, arn workflow.ARN) error {
	return m.onMapRun(arn, func(run *mapRun) {
		run.Sealed, run.Items, run.Executions = true, 0, int64(len(run.items))
		for _, item := range run.items {
			run.Items += item.Count
		}
	})
}

// MapRun implements engine.MapRuns.
func (m *Memory) MapRun(_ context.Context, arn workflow.ARN) (found workflow.MapRun, err error) {
	err = m.onMapRun(arn, func(run *mapRun) { found = run.MapRun })
	return found, err
}

// AllMapRuns lists every Map Run.
func (m *Memory) AllMapRuns() (runs []workflow.MapRun) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, arn := range slices.Sorted(maps.Keys(m.mapRuns)) {
		runs = append(runs, m.mapRuns[arn].MapRun)
	}
	return runs
}

// CountMapRun implements engine.MapRuns.
func (m *Memory) CountMapRun(_ context.Context, arn workflow.ARN) (executions, items workflow.MapRunCounts, _ error) {
	m.onAnyMapRun(arn, func(run *mapRun) {
		for _, item := range run.items {
			status := m.rows[item.execution].Status // empty when none was started
			executions.Add(status, 1)
			items.Add(status, item.Count)
		}
	})
	return executions, items, nil
}

// MapItems implements engine.MapRuns.
func (m *Memory) MapItems(_ context.Context, arn workflow.ARN, limit int) (items []workflow.MapItem, _ error) {
	m.onAnyMapRun(arn, func(run *mapRun) {
		for _, item := range run.items {
			if item.execution == 0 && len(items) < limit {
				items = append(items, item.MapItem)
			}
		}
	})
	return items, nil
}

// MapChildren implements engine.MapRuns.
func (m *Memory) MapChildren(_ context.Context, arn workflow.ARN, statuses []workflow.ExecutionStatus, visit func(int64, workflow.ExecutionInfo) error) error {
	var children []workflow.ExecutionInfo
	var at []int64
	m.onAnyMapRun(arn, func(run *mapRun) {
		for i, item := range run.items {
			row, ok := m.rows[item.execution]
			if ok && (len(statuses) == 0 || slices.Contains(statuses, row.Status)) {
				children, at = append(children, row.ExecutionInfo), append(at, int64(i))
			}
		}
	})
	for i, child := range children {
		if err := visit(at[i], child); err != nil {
			return err
		}
	}
	return nil
}

// RedriveMapRun implements engine.MapRuns.
func (m *Memory) RedriveMapRun(_ context.Context, arn workflow.ARN, at time.Time) error {
	m.onAnyMapRun(arn, func(run *mapRun) {
		if run.Status == workflow.Running {
			return
		}
		run.Status, run.StoppedAt, run.RedrivenAt = workflow.Running, time.Time{}, at
		run.Redrives++
		for i, item := range run.items {
			row := m.rows[item.execution]
			if row.Type == workflow.Express && row.Status.Closed() && row.Status != workflow.Succeeded {
				run.items[i].execution = 0
			}
		}
	})
	return nil
}

// OrphanedMapRuns implements engine.MapRuns.
func (m *Memory) OrphanedMapRuns(context.Context) (arns []workflow.ARN, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for arn, run := range m.mapRuns {
		parent := m.rows[run.Execution]
		open := run.Status == workflow.Running
		goesOn := func(item mapItem) bool { return m.rows[item.execution].Status == workflow.Running }
		if open && (parent.Status.Closed() || parent.Owner == "") || !open && slices.ContainsFunc(run.items, goesOn) {
			arns = append(arns, arn)
		}
	}
	slices.Sort(arns)
	return arns, nil
}

// AbortMapRun implements engine.MapRuns.
func (m *Memory) AbortMapRun(_ context.Context, arn workflow.ARN, at time.Time) error {
	m.onAnyMapRun(arn, func(run *mapRun) {
		if run.Status == workflow.Running {
			run.Status, run.StoppedAt = workflow.Aborted, at
		}
	})
	return nil
}

// StartMapItem implements engine.MapRuns.
func (m *Memory) StartMapItem(arn workflow.ARN, index int64, id workflow.ExecutionID) workflow.Effect {
	run := func() *mapRun { return m.mapRuns[arn] }
	return mapEffect{
		name: "StartMapItem",
		refused: func() bool {
			r := run()
			return r == nil || r.Status != workflow.Running || index >= int64(len(r.items)) || r.items[index].execution != 0
		},
		apply: func() { run().items[index].execution = id },
	}
}

// CloseMapRun implements engine.MapRuns.
func (m *Memory) CloseMapRun(arn workflow.ARN, status workflow.ExecutionStatus, at time.Time, resultsWritten int64) workflow.Effect {
	return mapEffect{
		name:    "CloseMapRun",
		refused: func() bool { return false },
		apply: func() {
			if run := m.mapRuns[arn]; run != nil {
				run.Status, run.StoppedAt, run.ResultsWritten = status, at, resultsWritten
			}
		},
	}
}
