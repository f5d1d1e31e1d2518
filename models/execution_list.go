package models

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// ExecutionFilter narrows the list of executions; what is empty does not narrow.
type ExecutionFilter struct {
	Status       workflow.ExecutionStatus
	StateMachine string
	NamePrefix   string
	From, To     time.Time // started at From or later, and before To
}

// Executions lists executions without their input and output, the newest first,
// with the cursor of the next page.
func (s *Store) Executions(ctx context.Context, f ExecutionFilter, page Page) ([]workflow.ExecutionInfo, string, error) {
	q := s.read(ctx).Table("executions").Select(summaryColumns)
	if f.Status != "" {
		q = q.Where("status = ?", string(f.Status))
	}
	if f.StateMachine != "" {
		q = q.Where("machine = ?", f.StateMachine)
	}
	if !f.From.IsZero() {
		q = q.Where("started_at >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		q = q.Where("started_at < ?", f.To.UnixMilli())
	}
	if f.NamePrefix != "" {
		var err error
		if q, err = s.named(ctx, q, f.NamePrefix); err != nil {
			return nil, "", fmt.Errorf("list executions: %w", err)
		}
	}
	infos, err := scanSummaries(page.of(q, "started_at", "id").Rows())
	if err != nil {
		return nil, "", fmt.Errorf("list executions: %w", err)
	}
	infos, next := cut(infos, page, func(e workflow.ExecutionInfo) (stamp, string) {
		return stampOf(e.StartedAt), e.ID.String()
	})
	return infos, next, nil
}

const (
	// afterAllNames is greater than whatever may follow a prefix.
	afterAllNames = "\U0010FFFF"
	// fewNames is how many names may match before looking through the newest
	// executions is the quicker way to fill a page.
	fewNames = 1000
	// stateMachineNames jumps from name to name through the index, which SELECT
	// DISTINCT would read from end to end.
	stateMachineNames = `WITH RECURSIVE names (machine) AS (
		SELECT min(machine) FROM executions
		UNION ALL
		SELECT (SELECT min(machine) FROM executions WHERE machine > names.machine) FROM names WHERE machine IS NOT NULL)`
)

// named narrows q to names with a prefix: by id when the index of names finds few.
func (s *Store) named(ctx context.Context, q *gorm.DB, prefix string) (*gorm.DB, error) {
	var ids []int64
	err := s.read(ctx).Raw(stateMachineNames+`
		SELECT id FROM names JOIN executions ON executions.machine = names.machine
		WHERE name >= ? AND name < ? LIMIT ?`, prefix, prefix+afterAllNames, fewNames+1).Scan(&ids).Error
	if err != nil {
		return nil, err
	}
	if len(ids) <= fewNames {
		return q.Where(s.dialect.among("id"), s.dialect.idList(ids)), nil
	}
	return q.Where("name >= ? AND name < ?", prefix, prefix+afterAllNames), nil
}

// ExecutionsNamed finds the executions of that name, of all state machines,
// the newest first.
func (s *Store) ExecutionsNamed(ctx context.Context, name string) ([]workflow.ExecutionInfo, error) {
	rows, err := scanRows(s.read(ctx).Raw(stateMachineNames+`
		SELECT `+executionColumns+` FROM executions WHERE machine IN (SELECT machine FROM names) AND name = ?
		ORDER BY started_at DESC, id DESC`, name).Rows())
	if err != nil {
		return nil, fmt.Errorf("find executions named %s: %w", name, err)
	}
	infos := make([]workflow.ExecutionInfo, len(rows))
	for i, row := range rows {
		infos[i] = row.ExecutionInfo
	}
	return infos, nil
}

// CountExecutions counts all executions by status.
func (s *Store) CountExecutions(ctx context.Context) (map[workflow.ExecutionStatus]int64, error) {
	var rows []struct {
		Status     string
		Executions int64
	}
	err := s.read(ctx).Raw(`SELECT status, count(*) AS executions FROM executions GROUP BY status`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count executions: %w", err)
	}
	counts := make(map[workflow.ExecutionStatus]int64, len(rows))
	for _, r := range rows {
		counts[workflow.ExecutionStatus(r.Status)] = r.Executions
	}
	return counts, nil
}

// summaryColumns are in the order that scanSummaries reads them: all but payloads.
const summaryColumns = `id, status, machine, name, version, started_at, stopped_at, redrives, redriven_at, error, cause`

func scanSummaries(rows *sql.Rows, err error) ([]workflow.ExecutionInfo, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []workflow.ExecutionInfo
	for rows.Next() {
		var e workflow.ExecutionInfo
		var started, stopped, redriven sql.NullInt64
		if err := rows.Scan(&e.ID, &e.Status, &e.StateMachine, &e.Name, &e.Version,
			&started, &stopped, &e.Redrives, &redriven, &e.Error, &e.Cause); err != nil {
			return nil, err
		}
		e.StartedAt, e.StoppedAt, e.RedrivenAt = atMillis(started), atMillis(stopped), atMillis(redriven)
		all = append(all, e)
	}
	return all, rows.Err()
}
