package models

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// ExecutionFilter narrows the list of executions; what is empty does not narrow. Only the name of a
// state machine or of a Map Run leads to the children of Map Runs, whose state machines have
// names of their own (workflow.MapRun.Processor): they would fill every other list.
type ExecutionFilter struct {
	Status       workflow.ExecutionStatus
	StateMachine string
	NamePrefix   string
	From, To     time.Time // started at From or later, and before To

	Published int64        // the version it was started by
	Alias     string       // it was started by
	MapRun    workflow.ARN // whose child it is
	Redriven  *bool
	// Present leaves out those of a state machine that was deleted; another may have its
	// name since.
	Present bool
}

// Executions lists executions without their input and output, the newest first,
// with the cursor of the next page.
func (s *Store) Executions(ctx context.Context, f ExecutionFilter, page Page) ([]workflow.ExecutionInfo, string, error) {
	q, err := s.chosen(ctx, s.read(ctx).Table("executions").Select(summaryColumns), f)
	if err != nil {
		return nil, "", fmt.Errorf("list executions: %w", err)
	}
	if !f.From.IsZero() {
		q = q.Where("started_at >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		q = q.Where("started_at < ?", f.To.UnixMilli())
	}
	if f.NamePrefix != "" {
		if q, err = s.named(ctx, q, f); err != nil {
			return nil, "", fmt.Errorf("list executions: %w", err)
		}
	}
	infos, err := scanSummaries(page.ofNumbers(q, "started_at", "id").Rows())
	if err != nil {
		return nil, "", fmt.Errorf("list executions: %w", err)
	}
	infos, next := cut(infos, page, func(e workflow.ExecutionInfo) (stamp, string) {
		return stampOf(e.StartedAt), e.ID.String()
	})
	return infos, next, nil
}

// chosen narrows q by what an index begins with. Terms that repeat what is said already are
// for the database, which otherwise does not see that a partial index holds what is asked for;
// an empty text added to a column keeps it from using the index on that.
func (s *Store) chosen(ctx context.Context, q *gorm.DB, f ExecutionFilter) (*gorm.DB, error) {
	if f.Present {
		q = q.Where("apart = 0")
	}
	if f.Redriven != nil && *f.Redriven {
		q = q.Where("redrives > 0")
	} else if f.Redriven != nil {
		q = q.Where("redrives = 0")
	}
	if f.MapRun != "" {
		q = q.Where("map_run = ? AND map_run <> ''", string(f.MapRun))
	}
	if f.Published != 0 {
		q = q.Where("published = ? AND published <> 0", f.Published)
	}
	if f.Alias != "" {
		q = q.Where("alias = ? AND alias <> ''", f.Alias)
	}
	narrow := f.Alias != "" || f.Published != 0 || f.mapped()
	if f.StateMachine == "" && f.MapRun == "" {
		q = q.Where("map_run = ''")
	}
	switch {
	case f.StateMachine == "" && f.Status == "":
		return q, nil
	case f.StateMachine == "":
		return q.Where("status = ?", string(f.Status)), nil
	case f.Status == "":
		return q.Where("machine = ?", f.StateMachine), nil
	case narrow:
		return q.Where("machine = ? AND status || '' = ?", f.StateMachine, string(f.Status)), nil
	case unsuccessful(f.Status):
		return q.Where("machine = ? AND status = ? AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE')",
			f.StateMachine, string(f.Status)), nil
	}
	byStatus, err := s.rarer(ctx, f)
	if byStatus {
		return q.Where("machine || '' = ? AND status = ? AND map_run = ''", f.StateMachine, string(f.Status)), err
	}
	return q.Where("machine = ? AND status || '' = ?", f.StateMachine, string(f.Status)), err
}

// mapped says that children of Map Runs are listed.
func (f ExecutionFilter) mapped() bool {
	return f.MapRun != "" || strings.Contains(f.StateMachine, "/")
}

func unsuccessful(status workflow.ExecutionStatus) bool {
	return status != workflow.Running && status != workflow.Succeeded
}

// rarer says whether executions with the status are few while the state machine has many.
func (s *Store) rarer(ctx context.Context, f ExecutionFilter) (bool, error) {
	for i, q := range []struct{ query, value string }{
		{`SELECT count(*) FROM (SELECT 1 FROM executions WHERE machine = ? LIMIT ?) AS first`, f.StateMachine},
		{`SELECT count(*) FROM (SELECT 1 FROM executions WHERE status = ? AND map_run = '' LIMIT ?) AS first`, string(f.Status)},
	} {
		var n int
		if err := s.read(ctx).Raw(q.query, q.value, manyExecutions).Row().Scan(&n); err != nil {
			return false, err
		}
		if few := n < manyExecutions; few {
			return i == 1, nil
		}
	}
	return false, nil
}

// manyExecutions is how many there may be of which a list looks at each.
const manyExecutions = 5000

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
func (s *Store) named(ctx context.Context, q *gorm.DB, f ExecutionFilter) (*gorm.DB, error) {
	var ids []int64
	prefix, mapped := f.NamePrefix, `NOT LIKE '%/%'`
	if f.mapped() {
		mapped = `LIKE '%/%'`
	}
	err := s.read(ctx).Raw(stateMachineNames+`
		SELECT id FROM names JOIN executions ON executions.machine = names.machine
		WHERE names.machine `+mapped+` AND name >= ? AND name < ? LIMIT ?`, prefix, prefix+afterAllNames, fewNames+1).Scan(&ids).Error
	if err != nil {
		return nil, err
	}
	if len(ids) <= fewNames {
		return q.Where(s.dialect.among("id"), s.dialect.idList(ids)), nil
	}
	return q.Where("name >= ? AND name < ?", prefix, prefix+afterAllNames), nil
}

// ExecutionsNamed finds the executions of that name, of all state machines,
// the newest first, without their input and output.
func (s *Store) ExecutionsNamed(ctx context.Context, name string) ([]workflow.ExecutionInfo, error) {
	infos, err := scanSummaries(s.read(ctx).Raw(stateMachineNames+`
		SELECT `+summaryColumns+` FROM executions WHERE machine IN (SELECT machine FROM names) AND name = ?
		ORDER BY started_at DESC, id DESC LIMIT ?`, name, maxLimit).Rows())
	if err != nil {
		return nil, fmt.Errorf("find executions named %s: %w", name, err)
	}
	return infos, nil
}

// ExecutionsCalled finds the executions of that name of one state machine, the newest first. Only
// those of an EXPRESS state machine, or of several that had its name one after another, are more
// than one.
func (s *Store) ExecutionsCalled(ctx context.Context, machine, name string) ([]workflow.ExecutionInfo, error) {
	infos, err := scanSummaries(s.readRows(ctx, executionsCalled, machine, name, maxLimit))
	if err != nil {
		return nil, fmt.Errorf("find executions of %s named %s: %w", machine, name, err)
	}
	return infos, nil
}

// executionsCalled sorts the few that it finds: with the plus, nobody takes the index of all of
// the state machine's executions for the shorter way to have them in order.
const executionsCalled = `SELECT ` + summaryColumns + ` FROM executions WHERE machine = ? AND name = ?
	ORDER BY +started_at DESC, id DESC LIMIT ?`

// countedStatuses are those that executions are counted by.
var countedStatuses = []workflow.ExecutionStatus{workflow.Running, workflow.Succeeded, workflow.Failed, workflow.TimedOut, workflow.Aborted}

// CountExecutions counts executions by status, without the children of Map Runs.
func (s *Store) CountExecutions(ctx context.Context) (map[workflow.ExecutionStatus]workflow.Count, error) {
	counts := make(map[workflow.ExecutionStatus]workflow.Count, len(countedStatuses))
	for _, status := range countedStatuses {
		n, err := s.count(ctx, `SELECT 1 FROM executions WHERE status = ? AND map_run = ''`, string(status))
		if err != nil {
			return nil, fmt.Errorf("count executions: %w", err)
		}
		if n.N > 0 {
			counts[status] = n
		}
	}
	return counts, nil
}

// summaryColumns are in the order that scanSummaries reads them: all but payloads.
const summaryColumns = `id, status, machine, name, version, started_at, stopped_at, redrives, redriven_at, error, cause,
	type, published, alias, map_run`

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
			&started, &stopped, &e.Redrives, &redriven, &e.Error, &e.Cause, &e.Type, &e.Published, &e.Alias, &e.MapRun); err != nil {
			return nil, err
		}
		e.StartedAt, e.StoppedAt, e.RedrivenAt = atMillis(started), atMillis(stopped), atMillis(redriven)
		all = append(all, e)
	}
	return all, rows.Err()
}
