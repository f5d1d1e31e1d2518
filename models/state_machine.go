package models

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// StateMachine is one version of a state machine's definition, without its text.
type StateMachine struct {
	Name      string
	Version   int64
	CreatedAt time.Time
	Type      workflow.StateMachineType
	Status    workflow.StateMachineStatus
}

// PutDefinition is engine.Store's. A state machine that it makes is STANDARD.
func (s *Store) PutDefinition(ctx context.Context, machine string, definition []byte) (int64, error) {
	var version int64
	err := s.changeMachines(ctx, func(tx *gorm.DB) error {
		m, err := machineNow(tx, machine)
		switch {
		case errors.Is(err, workflow.ErrNotFound):
			made := workflow.StateMachine{Name: machine, Type: workflow.Standard, RoleARN: workflow.DefaultRole, Definition: definition}
			version, err = s.addMachine(tx, &made, Creation{})
			return err
		case err != nil:
			return err
		case bytes.Equal(m.Definition, definition):
			version = m.Version
			return nil
		}
		m.Definition = definition
		version, err = s.revise(tx, &m.StateMachine)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store definition of %s: %w", machine, err)
	}
	return version, nil
}

// Definition is engine.Store's.
func (s *Store) Definition(ctx context.Context, machine string, version int64) ([]byte, int64, error) {
	return definitionAt(s.read(ctx), machine, version)
}

// definitionAt reads a version, or the latest for version 0.
func definitionAt(db *gorm.DB, machine string, version int64) (definition []byte, actual int64, err error) {
	query := `SELECT definition, version FROM state_machines WHERE machine = ? AND version = ?`
	args := []any{machine, version}
	if version == 0 {
		query = `SELECT r.definition, r.version FROM machines AS m JOIN state_machines AS r ON r.machine = m.name AND r.version = m.version WHERE m.name = ?`
		args = args[:1]
	}
	err = db.Raw(query, args...).Row().Scan(&definition, &actual)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, fmt.Errorf("state machine %s: %w", machine, workflow.ErrNotFound)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read definition of %s: %w", machine, err)
	}
	return definition, actual, nil
}

// StateMachines lists the latest versions of state machines by name, those whose name comes after
// one and begins with a prefix, at most limit of them.
func (s *Store) StateMachines(ctx context.Context, prefix, after string, limit int) ([]StateMachine, error) {
	return stateMachines(s.read(ctx).Raw(`SELECT r.machine, r.version, r.created_at, m.type, m.status FROM machines AS m
		JOIN state_machines AS r ON r.machine = m.name AND r.version = m.version
		WHERE m.name > ? AND m.name >= ? AND m.name < ? ORDER BY m.name LIMIT ?`, after, prefix, prefix+afterAllNames, limit).Rows())
}

// StateMachineVersions lists the versions of one state machine, newest first.
func (s *Store) StateMachineVersions(ctx context.Context, machine string) ([]StateMachine, error) {
	return stateMachines(s.read(ctx).Raw(`SELECT r.machine, r.version, r.created_at, coalesce(m.type, ?), coalesce(m.status, ?)
		FROM state_machines AS r LEFT JOIN machines AS m ON m.name = r.machine
		WHERE r.machine = ? ORDER BY r.version DESC`, workflow.Standard, workflow.Deleting, machine).Rows())
}

func stateMachines(rows *sql.Rows, err error) ([]StateMachine, error) {
	if err != nil {
		return nil, fmt.Errorf("list state machines: %w", err)
	}
	defer rows.Close()
	var all []StateMachine
	for rows.Next() {
		var m StateMachine
		var created int64
		if err := rows.Scan(&m.Name, &m.Version, &created, &m.Type, &m.Status); err != nil {
			return nil, fmt.Errorf("list state machines: %w", err)
		}
		m.CreatedAt = time.UnixMilli(created).UTC()
		all = append(all, m)
	}
	return all, rows.Err()
}

// SaveLayout keeps where a version's states are drawn, in the drawer's own form.
// workflow.ErrNotFound when there is no such version.
func (s *Store) SaveLayout(ctx context.Context, machine string, version int64, layout []byte) error {
	return s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		done := tx.Exec(`UPDATE state_machines SET layout = ? WHERE machine = ? AND version = ?`, layout, machine, version)
		if done.Error != nil {
			return fmt.Errorf("save layout of %s version %d: %w", machine, version, done.Error)
		}
		if done.RowsAffected == 0 {
			return fmt.Errorf("state machine %s version %d: %w", machine, version, workflow.ErrNotFound)
		}
		return nil
	})
}

// Layout reads what SaveLayout kept; workflow.ErrNotFound when nothing was.
func (s *Store) Layout(ctx context.Context, machine string, version int64) ([]byte, error) {
	var layout []byte
	err := s.read(ctx).Raw(`SELECT layout FROM state_machines WHERE machine = ? AND version = ?`, machine, version).
		Row().Scan(&layout)
	if errors.Is(err, sql.ErrNoRows) || err == nil && layout == nil {
		return nil, fmt.Errorf("layout of %s version %d: %w", machine, version, workflow.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read layout of %s version %d: %w", machine, version, err)
	}
	return layout, nil
}
