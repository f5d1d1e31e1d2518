package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

type mapRunRecord struct {
	ID                         int64 `gorm:"primaryKey"`
	ARN                        string
	ExecutionID                int64
	Entry                      int64
	Machine                    string
	Label                      string
	Status                     string
	StartedAt                  stamp
	StoppedAt                  stamp
	Redrives                   int
	RedrivenAt                 stamp
	MaxConcurrency             int64
	ToleratedFailureCount      int64
	ToleratedFailurePercentage float64
	Sealed                     bool
	Items                      int64
	Executions                 int64
	ResultsWritten             int64
}

func (mapRunRecord) TableName() string { return "map_runs" }

func mapRunRecordOf(r workflow.MapRun) mapRunRecord {
	return mapRunRecord{
		ARN: string(r.ARN), ExecutionID: int64(r.Execution), Entry: int64(r.Entry), Machine: r.StateMachine, Label: r.Label,
		Status: string(r.Status), StartedAt: stampOf(r.StartedAt), StoppedAt: stampOf(r.StoppedAt), Redrives: r.Redrives, RedrivenAt: stampOf(r.RedrivenAt),
		MaxConcurrency: r.MaxConcurrency, ToleratedFailureCount: r.ToleratedFailureCount, ToleratedFailurePercentage: r.ToleratedFailurePercentage,
		Sealed: r.Sealed, Items: r.Items, Executions: r.Executions, ResultsWritten: r.ResultsWritten,
	}
}

func (r mapRunRecord) mapRun() workflow.MapRun {
	return workflow.MapRun{
		ARN: workflow.ARN(r.ARN), Execution: workflow.ExecutionID(r.ExecutionID), Entry: workflow.EntryID(r.Entry), StateMachine: r.Machine, Label: r.Label,
		Status: workflow.ExecutionStatus(r.Status), StartedAt: r.StartedAt.Time(), StoppedAt: r.StoppedAt.Time(), Redrives: r.Redrives, RedrivenAt: r.RedrivenAt.Time(),
		MaxConcurrency: r.MaxConcurrency, ToleratedFailureCount: r.ToleratedFailureCount, ToleratedFailurePercentage: r.ToleratedFailurePercentage,
		Sealed: r.Sealed, Items: r.Items, Executions: r.Executions, ResultsWritten: r.ResultsWritten,
	}
}

// TopicMapRun is everything about one Map Run.
func TopicMapRun(arn workflow.ARN) string { return "map-run:" + string(arn) }

// OpenMapRun is engine.MapRuns'.
func (s *Store) OpenMapRun(ctx context.Context, run workflow.MapRun) (workflow.MapRun, error) {
	record := mapRunRecordOf(run)
	err := s.write(ctx, []string{TopicExecution(run.Execution)}, func(tx *gorm.DB) error {
		there, err := openMapRun(tx, run.ARN)
		if errors.Is(err, workflow.ErrNotFound) {
			return tx.Create(&record).Error
		}
		record = there
		return err
	})
	if err != nil {
		return workflow.MapRun{}, fmt.Errorf("open map run %s: %w", run.ARN, err)
	}
	return record.mapRun(), nil
}

// SealMapRun is engine.MapRuns'.
func (s *Store) SealMapRun(ctx context.Context, arn workflow.ARN) error {
	err := s.write(ctx, []string{TopicMapRun(arn)}, func(tx *gorm.DB) error {
		run, err := openMapRun(tx, arn)
		if err != nil {
			return err
		}
		return tx.Exec(`UPDATE map_runs SET sealed = true,
			items = (SELECT coalesce(sum(items), 0) FROM map_items WHERE map_run_id = map_runs.id),
			executions = (SELECT count(*) FROM map_items WHERE map_run_id = map_runs.id) WHERE id = ?`, run.ID).Error
	})
	if err != nil {
		return fmt.Errorf("seal %s: %w", arn, err)
	}
	return nil
}

func openMapRun(tx *gorm.DB, arn workflow.ARN) (mapRunRecord, error) {
	var run mapRunRecord
	err := tx.Where("arn = ?", string(arn)).First(&run).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = workflow.ErrNotFound
	}
	return run, err
}

// MapRun reads a Map Run.
func (s *Store) MapRun(ctx context.Context, arn workflow.ARN) (workflow.MapRun, error) {
	run, err := openMapRun(s.read(ctx), arn)
	if err != nil {
		return workflow.MapRun{}, fmt.Errorf("map run %s: %w", arn, err)
	}
	return run.mapRun(), nil
}

// CountMapRun counts a Map Run's child executions and the items that they hold, by status.
func (s *Store) CountMapRun(ctx context.Context, arn workflow.ARN) (executions, items workflow.MapRunCounts, err error) {
	rows, err := s.read(ctx).Raw(`SELECT coalesce(e.status, ''), count(*), sum(i.items) FROM map_items i
		LEFT JOIN executions e ON e.id = i.execution_id
		WHERE i.map_run_id = (SELECT id FROM map_runs WHERE arn = ?) GROUP BY 1`, string(arn)).Rows()
	if err != nil {
		return executions, items, fmt.Errorf("count map run %s: %w", arn, err)
	}
	defer rows.Close()
	for rows.Next() {
		var status workflow.ExecutionStatus
		var n, held int64
		if err := rows.Scan(&status, &n, &held); err != nil {
			return executions, items, fmt.Errorf("count map run %s: %w", arn, err)
		}
		executions.Add(status, n)
		items.Add(status, held)
	}
	return executions, items, rows.Err()
}

// CloseMapRun ends a Map Run together with the history event that says so.
func (s *Store) CloseMapRun(arn workflow.ARN, status workflow.ExecutionStatus, at time.Time, resultsWritten int64) workflow.Effect {
	return effect{name: "CloseMapRun", topics: []string{TopicMapRun(arn)}, apply: func(tx *gorm.DB) error {
		_, err := exec(tx, `UPDATE map_runs SET status = ?, stopped_at = ?, results_written = ? WHERE arn = ?`,
			string(status), int64(stampOf(at)), resultsWritten, string(arn))
		return err
	}}
}

// AbortMapRun ends an open Map Run whose parent no longer waits for it.
func (s *Store) AbortMapRun(ctx context.Context, arn workflow.ARN, at time.Time) error {
	err := s.write(ctx, []string{TopicMapRun(arn)}, func(tx *gorm.DB) error {
		_, err := exec(tx, `UPDATE map_runs SET status = ?, stopped_at = ? WHERE arn = ? AND status = ?`,
			string(workflow.Aborted), int64(stampOf(at)), string(arn), string(workflow.Running))
		return err
	})
	if err != nil {
		return fmt.Errorf("abort %s: %w", arn, err)
	}
	return nil
}

// RedriveMapRun opens a closed Map Run again. Items that an EXPRESS execution has lost wait
// for another one: those executions cannot be redriven themselves.
func (s *Store) RedriveMapRun(ctx context.Context, arn workflow.ARN, at time.Time) error {
	err := s.write(ctx, []string{TopicMapRun(arn)}, func(tx *gorm.DB) error {
		n, err := exec(tx, `UPDATE map_runs SET status = ?, stopped_at = 0, redrives = redrives + 1, redriven_at = ? WHERE arn = ? AND status <> ?`,
			string(workflow.Running), int64(stampOf(at)), string(arn), string(workflow.Running))
		if err != nil || n == 0 {
			return err
		}
		_, err = exec(tx, `UPDATE map_items SET input = (SELECT input FROM executions WHERE id = map_items.execution_id), execution_id = NULL
			WHERE map_run_id = (SELECT id FROM map_runs WHERE arn = ?) AND execution_id IN (
				SELECT id FROM executions WHERE map_run = ? AND map_run <> '' AND type = ? AND status IN (?, ?, ?))`,
			string(arn), string(arn), string(workflow.Express), string(workflow.Failed), string(workflow.TimedOut), string(workflow.Aborted))
		return err
	})
	if err != nil {
		return fmt.Errorf("redrive %s: %w", arn, err)
	}
	return nil
}

// OrphanedMapRuns are those that a process may have left behind: open ones whose parent has closed
// or is held by nobody, and closed ones of which child executions go on.
func (s *Store) OrphanedMapRuns(ctx context.Context) ([]workflow.ARN, error) {
	var arns []workflow.ARN
	err := s.read(ctx).Raw(`SELECT m.arn FROM map_runs m JOIN executions e ON e.id = m.execution_id
			WHERE m.status = 'RUNNING' AND (e.status <> 'RUNNING' OR e.owner = '')
		UNION SELECT m.arn FROM executions e JOIN map_runs m ON m.arn = e.map_run
			WHERE e.map_run <> '' AND e.status = 'RUNNING' AND m.status <> 'RUNNING'`).Scan(&arns).Error
	if err != nil {
		return nil, fmt.Errorf("orphaned map runs: %w", err)
	}
	return arns, nil
}

// ChangeMapRun is UpdateMapRun's change, which takes effect at once. A Map Run that is not open
// is workflow.ErrClosed.
func (s *Store) ChangeMapRun(ctx context.Context, arn workflow.ARN, change workflow.MapRunChange) error {
	columns := map[string]any{}
	for name, value := range map[string]*int64{"max_concurrency": change.MaxConcurrency, "tolerated_failure_count": change.ToleratedFailureCount} {
		if value != nil {
			columns[name] = *value
		}
	}
	if change.ToleratedFailurePercentage != nil {
		columns["tolerated_failure_percentage"] = *change.ToleratedFailurePercentage
	}
	err := s.write(ctx, []string{TopicMapRun(arn)}, func(tx *gorm.DB) error {
		run, err := openMapRun(tx, arn)
		switch {
		case err != nil:
			return err
		case run.Status != string(workflow.Running):
			return workflow.ErrClosed
		case len(columns) == 0:
			return nil
		}
		return tx.Model(&run).Updates(columns).Error
	})
	if err != nil {
		return fmt.Errorf("change %s: %w", arn, err)
	}
	return nil
}

// MapRuns lists the Map Runs of an execution, the newest first.
func (s *Store) MapRuns(ctx context.Context, execution workflow.ExecutionID, page Page) ([]workflow.MapRun, string, error) {
	var rows []mapRunRecord
	if err := page.ofNumbers(s.read(ctx).Where("execution_id = ?", int64(execution)), "started_at", "id").Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("map runs of execution %s: %w", execution, err)
	}
	rows, next := cut(rows, page, func(r mapRunRecord) (stamp, string) { return r.StartedAt, strconv.FormatInt(r.ID, 10) })
	runs := make([]workflow.MapRun, len(rows))
	for i, r := range rows {
		runs[i] = r.mapRun()
	}
	return runs, next, nil
}

// MapChildren visits a Map Run's child executions in the order of their items, without
// their snapshots; with statuses, those that are in one of them.
func (s *Store) MapChildren(ctx context.Context, arn workflow.ARN, statuses []workflow.ExecutionStatus, visit func(index int64, child workflow.ExecutionInfo) error) error {
	q := s.read(ctx).Table("map_items i").Joins("JOIN executions e ON e.id = i.execution_id").
		Where("i.map_run_id = (SELECT id FROM map_runs WHERE arn = ?)", string(arn)).Order("i.position").
		Select("i.position, e.id, e.status, e.machine, e.name, e.version, e.started_at, e.stopped_at, e.error, e.cause, e.output, e.input, e.type, e.redrives")
	if len(statuses) > 0 {
		q = q.Where("e.status IN ?", statuses)
	}
	rows, err := q.Rows()
	if err != nil {
		return fmt.Errorf("children of %s: %w", arn, err)
	}
	defer rows.Close()
	for rows.Next() {
		var index int64
		var c workflow.ExecutionInfo
		var started, stopped sql.NullInt64
		var output, input []byte
		if err := rows.Scan(&index, &c.ID, &c.Status, &c.StateMachine, &c.Name, &c.Version, &started, &stopped, &c.Error, &c.Cause, &output, &input, &c.Type, &c.Redrives); err != nil {
			return fmt.Errorf("children of %s: %w", arn, err)
		}
		c.StartedAt, c.StoppedAt, c.Output, c.Input, c.MapRun = atMillis(started), atMillis(stopped), output, input, arn
		if err := visit(index, c); err != nil {
			return err
		}
	}
	return rows.Err()
}
