package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// machine is a state machine at its present revision, with what only this package needs.
type machine struct {
	workflow.StateMachine
	published          int64 // the highest version number ever given
	createdPublished   bool  // by CreateStateMachine's publish
	createdDescription string
}

const selectMachine = `SELECT m.name, m.type, m.status, m.created_at, m.published, m.created_published, m.created_description,
	r.version, r.revision_id, r.role_arn, r.definition, r.logging, r.tracing, r.encryption, r.created_at
	FROM machines AS m JOIN state_machines AS r ON r.machine = m.name AND r.version = `

// machineNow reads a state machine at its present revision, or workflow.ErrNotFound.
func machineNow(db *gorm.DB, name string) (machine, error) {
	return scanMachine(name, db.Raw(selectMachine+`m.version WHERE m.name = ?`, name).Row())
}

// machineAt reads a state machine at one revision.
func machineAt(db *gorm.DB, name string, version int64) (machine, error) {
	return scanMachine(name, db.Raw(selectMachine+`? WHERE m.name = ?`, version, name).Row())
}

func scanMachine(name string, row *sql.Row) (m machine, err error) {
	var created, revised int64
	var logging, tracing, encryption []byte
	err = row.Scan(&m.Name, &m.Type, &m.Status, &created, &m.published, &m.createdPublished, &m.createdDescription,
		&m.Version, &m.RevisionID, &m.RoleARN, &m.Definition, &logging, &tracing, &encryption, &revised)
	if errors.Is(err, sql.ErrNoRows) {
		return machine{}, fmt.Errorf("state machine %s: %w", name, workflow.ErrNotFound)
	}
	if err != nil {
		return machine{}, fmt.Errorf("read state machine %s: %w", name, err)
	}
	m.Logging, m.Tracing, m.Encryption = given(logging), given(tracing), given(encryption)
	m.CreatedAt, m.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(revised).UTC()
	if m.RoleARN == "" {
		m.RoleARN = workflow.DefaultRole
	}
	return m, nil
}

// given is nil for a column that is NULL.
func given(column []byte) json.RawMessage {
	if len(column) == 0 {
		return nil
	}
	return column
}

// Revision reads a state machine as it was at a revision, even if it has been deleted since, or
// gives workflow.ErrNotFound.
func (s *Store) Revision(ctx context.Context, name string, version int64) (workflow.StateMachine, error) {
	row := s.read(ctx).Raw(`SELECT r.machine, coalesce(m.type, ?), coalesce(m.status, ?), r.created_at, 0, FALSE, '',
		r.version, r.revision_id, r.role_arn, r.definition, r.logging, r.tracing, r.encryption, r.created_at
		FROM state_machines AS r LEFT JOIN machines AS m ON m.name = r.machine WHERE r.machine = ? AND r.version = ?`,
		workflow.Standard, workflow.Deleting, name, version).Row()
	m, err := scanMachine(name, row)
	return m.StateMachine, err
}

// ListStateMachines lists state machines by name, those after a name, at most limit of them,
// without their definitions.
func (s *Store) ListStateMachines(ctx context.Context, after string, limit int) ([]workflow.StateMachine, error) {
	rows, err := s.read(ctx).Raw(`SELECT name, type, status, version, created_at FROM machines WHERE name > ? ORDER BY name LIMIT ?`, after, limit).Rows()
	return scanAll(rows, err, "state machines", func(rows *sql.Rows) (m workflow.StateMachine, err error) {
		var created int64
		err = rows.Scan(&m.Name, &m.Type, &m.Status, &m.Version, &created)
		m.CreatedAt = time.UnixMilli(created).UTC()
		return m, err
	})
}

// StateMachine reads a state machine at its present revision, or workflow.ErrNotFound.
func (s *Store) StateMachine(ctx context.Context, name string) (workflow.StateMachine, error) {
	m, err := machineNow(s.read(ctx), name)
	return m.StateMachine, err
}
