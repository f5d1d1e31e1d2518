package models

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// executionColumns are in the order that scanRow reads them.
const executionColumns = `id, revision, owner, due_at, status, machine, name, version, started_at, stopped_at,
	redrives, redriven_at, error, cause, output, input, snapshot,
	type, role_arn, published, alias, parent_id, parent_entry, parent_attempt, awaited, map_run, trace_header`

const (
	insertExecution = `INSERT INTO executions (id, revision, owner, due_at, last_event_id, status, machine, name, version,
		started_at, stopped_at, redrives, redriven_at, error, cause, output, input, snapshot,
		type, role_arn, published, alias, parent_id, parent_entry, parent_attempt, awaited, map_run, trace_header, apart)
		VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`

	updateExecution = `UPDATE executions
		SET revision = revision + 1, owner = ?, due_at = ?, last_event_id = last_event_id + ?, snapshot = ?,
			status = ?, stopped_at = ?, redrives = ?, redriven_at = ?, error = ?, cause = ?, output = ?
		WHERE id = ? AND revision = ? AND owner = ? AND last_event_id = coalesce(?, last_event_id)`

	// advanceExecution is updateExecution for what goes on running under the same lease,
	// as nine in ten steps do: it changes no column that an index has.
	advanceExecution = `UPDATE executions SET revision = revision + 1, last_event_id = last_event_id + ?, snapshot = ?
		WHERE id = ? AND revision = ? AND owner = ? AND due_at = ? AND status = ? AND last_event_id = coalesce(?, last_event_id)`

	// besideExecution leaves the lease alone, and whoever is about to renew it. What its holder is
	// still to call goes on running.
	besideExecution = `UPDATE executions SET revision = revision + 1, last_event_id = last_event_id + ?, snapshot = ?
		WHERE id = ? AND revision = ? AND owner = ? AND last_event_id = coalesce(?, last_event_id)`

	insertEvents = `INSERT INTO history_events (execution_id, first_id, last_id, events) VALUES (?, ?, ?, ?)`
)

// Commit is engine.Store's: everything that one step of one execution changes, or nothing.
func (s *Store) Commit(ctx context.Context, c *workflow.Commit) error {
	op, err := s.writeOf(c)
	if err != nil {
		return err
	}
	return s.enqueue(ctx, topicsOf(c, op.effects), op)
}

func (s *Store) writeOf(c *workflow.Commit) (*write, error) {
	effects, err := ownEffects(c.Effects)
	if err != nil {
		return nil, err
	}
	first, err := firstEvent(c)
	if err != nil {
		return nil, err
	}
	events, err := historyRows(c.Events)
	if err != nil {
		return nil, wrapCommit(c, err)
	}
	sums := tallyOf(&c.Info, c.Events)
	op := &write{step: &step{c, first, events, sums}, tally: sums, effects: effects, needs: needsOf(effects)}
	if len(effects) > 0 {
		op.fn = func(tx *gorm.DB) error { return applyEffects(tx, effects) }
	}
	if s.exclusive {
		return op, nil
	}
	if rows, ok := effectRows(effects); ok && !keepsLease(c) {
		op.rows = append(op.step.rows(), rows...)
	}
	return op, wrapCommit(c, sums.encode())
}

func topicsOf(c *workflow.Commit, effects []effect) []string {
	topics := append(make([]string, 0, 8), TopicExecution(c.Info.ID), TopicExecutions)
	if c.Beside {
		topics = append(topics, topicHeld(c.Info.ID))
	}
	for _, o := range c.Offers {
		topics = append(topics, TopicActivity(o.Activity))
	}
	for _, e := range effects {
		topics = append(topics, e.topics...)
	}
	return topics
}

func wrapCommit(c *workflow.Commit, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("commit execution %d: %w", c.Info.ID, err)
}

// firstEvent is the id of the commit's first event, or 0 when it has none.
func firstEvent(c *workflow.Commit) (int64, error) {
	if len(c.Events) == 0 {
		return 0, nil
	}
	first := c.Events[0].ID
	for i, e := range c.Events {
		if e.ID != first+int64(i) {
			return 0, fmt.Errorf("commit execution %d: event %d follows event %d", c.Info.ID, e.ID, first+int64(i)-1)
		}
	}
	if c.Expect == 0 && first != 1 {
		return 0, fmt.Errorf("commit execution %d: its history begins with event %d", c.Info.ID, first)
	}
	return first, nil
}

// putExecution writes the row. A refusal has written nothing.
func putExecution(tx *gorm.DB, c *workflow.Commit, first int64) (refused, failed error) {
	if c.Expect == 0 {
		return createExecution(tx, c)
	}
	if keepsLease(c) {
		return putBeside(tx, c, first)
	}
	i := &c.Info
	if i.Status == workflow.Running && c.Owner == c.Holder && !c.DueAt.IsZero() {
		n, err := exec(tx, advanceExecution, int64(len(c.Events)), c.Snapshot,
			int64(i.ID), c.Expect, c.Holder, c.DueAt.UnixMilli(), string(workflow.Running), follows(first))
		if err != nil || n == 1 {
			return nil, err
		}
	}
	n, err := exec(tx, updateExecution, updateArgs(c, first)...)
	if err != nil || n == 1 {
		return nil, err
	}
	return whyNotUpdated(tx, c, first)
}

func updateArgs(c *workflow.Commit, first int64) []any {
	i := &c.Info
	return []any{c.Owner, millis(c.DueAt), int64(len(c.Events)), c.Snapshot,
		string(i.Status), millis(i.StoppedAt), int64(i.Redrives), millis(i.RedrivenAt), i.Error, i.Cause, orNull(i.Output),
		int64(i.ID), c.Expect, c.Holder, follows(first)}
}

// follows is the last event id that must be stored already; nil when no event is appended.
func follows(first int64) any {
	if first == 0 {
		return nil
	}
	return first - 1
}

// whyNotUpdated is asked after the update: a row that fits by now has changed hands in between, as
// when a lease was lost and taken again, and whoever commits is to read it anew.
func whyNotUpdated(tx *gorm.DB, c *workflow.Commit, first int64) (refused, failed error) {
	var revision, last int64
	var owner string
	err := queryRow(tx, `SELECT revision, owner, last_event_id FROM executions WHERE id = ?`, int64(c.Info.ID)).
		Scan(&revision, &owner, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err == nil && revision == c.Expect && owner == c.Holder && first != 0 && last != first-1 {
		return fmt.Errorf("commit execution %d: event %d does not follow event %d", c.Info.ID, first, last), nil
	}
	return fmt.Errorf("execution %d at revision %d: %w", c.Info.ID, c.Expect, workflow.ErrFenced), nil
}

func createExecution(tx *gorm.DB, c *workflow.Commit) (refused, failed error) {
	i := &c.Info
	n, err := exec(tx, insertExecution, insertArgs(c)...)
	if err != nil || n == 1 {
		return nil, err
	}
	if i.Parent.Execution != 0 && i.MapRun == "" {
		if _, err := findChild(tx, i.Parent); err == nil {
			return fmt.Errorf("a child of execution %d: %w", i.Parent.Execution, workflow.ErrExists), nil
		} else if !errors.Is(err, workflow.ErrNotFound) {
			return nil, err
		}
	}
	var input []byte
	err = queryRow(tx, `SELECT input FROM executions WHERE machine = ? AND name = ? AND apart = ?`, i.StateMachine, i.Name, apart(i)).Scan(&input)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("execution %s of %s, id %d: %w", i.Name, i.StateMachine, i.ID, workflow.ErrIDTaken), nil
	}
	if err != nil {
		return nil, err
	}
	if bytes.Equal(input, i.Input) {
		return fmt.Errorf("execution %s of %s: %w", i.Name, i.StateMachine, workflow.ErrExists), nil
	}
	return fmt.Errorf("execution %s of %s: %w", i.Name, i.StateMachine, workflow.ErrConflict), nil
}

func insertArgs(c *workflow.Commit) []any {
	i := &c.Info
	return []any{int64(i.ID), c.Owner, millis(c.DueAt), int64(len(c.Events)), string(i.Status),
		i.StateMachine, i.Name, i.Version, i.StartedAt.UnixMilli(), millis(i.StoppedAt), int64(i.Redrives),
		millis(i.RedrivenAt), i.Error, i.Cause, orNull(i.Output), notNull(i.Input), c.Snapshot,
		string(cmp.Or(i.Type, workflow.Standard)), i.RoleARN, i.Published, i.Alias, int64(i.Parent.Execution), int64(i.Parent.Entry),
		int64(i.Parent.Attempt), i.Parent.Awaited, string(i.MapRun), i.TraceHeader, apart(i)}
}

// apart keeps executions whose names do not count out of each other's way.
func apart(i *workflow.ExecutionInfo) int64 {
	if i.Type == workflow.Express {
		return int64(i.ID)
	}
	return 0
}

// appendHistory returns the id of the last row, or 0 when there was nothing to append.
func appendHistory(tx *gorm.DB, c *workflow.Commit, first int64, rows [][]byte) (row int64, err error) {
	last := first + int64(len(c.Events)) - 1
	for _, events := range rows {
		result, err := tx.Statement.ConnPool.ExecContext(context.Background(), insertEvents,
			int64(c.Info.ID), first, min(first+eventsPerRow-1, last), events)
		if err != nil {
			return 0, err
		}
		row, _ = result.LastInsertId() // PostgreSQL has none, nor does anybody ask for it there
		first += eventsPerRow
	}
	return row, nil
}

// Load is engine.Store's.
func (s *Store) Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error) {
	row, err := scanRow(s.read(ctx).Raw(`SELECT `+executionColumns+` FROM executions WHERE id = ?`, int64(id)).Row())
	if errors.Is(err, sql.ErrNoRows) {
		return row, fmt.Errorf("execution %d: %w", id, workflow.ErrNotFound)
	}
	if err != nil {
		return row, fmt.Errorf("load execution %d: %w", id, err)
	}
	return row, nil
}

// Find is engine.Store's.
func (s *Store) Find(ctx context.Context, machine, name string) (workflow.ExecutionInfo, error) {
	row, err := scanRow(s.read(ctx).Raw(
		`SELECT `+executionColumns+` FROM executions WHERE machine = ? AND name = ? AND apart = 0`, machine, name).Row())
	if errors.Is(err, sql.ErrNoRows) {
		return row.ExecutionInfo, fmt.Errorf("execution %s of %s: %w", name, machine, workflow.ErrNotFound)
	}
	if err != nil {
		return row.ExecutionInfo, fmt.Errorf("find execution %s of %s: %w", name, machine, err)
	}
	return row.ExecutionInfo, nil
}

// FindChild is engine.Store's.
func (s *Store) FindChild(ctx context.Context, p workflow.Parent) (workflow.ExecutionInfo, error) {
	id, err := findChild(s.read(ctx), p)
	if err != nil {
		return workflow.ExecutionInfo{}, err
	}
	row, err := s.Load(ctx, id)
	return row.ExecutionInfo, err
}

func findChild(db *gorm.DB, p workflow.Parent) (id workflow.ExecutionID, err error) {
	err = queryRow(db, `SELECT id FROM executions WHERE parent_id = ? AND parent_entry = ? AND parent_id <> 0
		AND parent_attempt = ? AND map_run = ''`, int64(p.Execution), int64(p.Entry), int64(p.Attempt)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = workflow.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("find the child of execution %d that entry %d started: %w", p.Execution, p.Entry, err)
	}
	return id, nil
}

// scanner is *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func scanRow(from scanner) (workflow.Row, error) {
	var r workflow.Row
	var due, started, stopped, redriven sql.NullInt64
	var output, input []byte
	err := from.Scan(&r.ID, &r.Revision, &r.Owner, &due, &r.Status, &r.StateMachine, &r.Name, &r.Version, &started, &stopped,
		&r.Redrives, &redriven, &r.Error, &r.Cause, &output, &input, &r.Snapshot,
		&r.Type, &r.RoleARN, &r.Published, &r.Alias, &r.Parent.Execution, &r.Parent.Entry, &r.Parent.Attempt, &r.Parent.Awaited,
		&r.MapRun, &r.TraceHeader)
	r.DueAt, r.StartedAt, r.StoppedAt, r.RedrivenAt = atMillis(due), atMillis(started), atMillis(stopped), atMillis(redriven)
	r.Output, r.Input = output, input
	return r, err
}

// millis is how a time is stored: Unix milliseconds, NULL for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func atMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

func orNull(payload []byte) any {
	if len(payload) == 0 {
		return nil
	}
	return payload
}

func notNull(payload []byte) []byte {
	if payload == nil {
		return []byte{}
	}
	return payload
}
