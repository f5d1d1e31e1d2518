package models

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// DeleteStateMachine begins the deletion of a state machine: it starts nothing more and is
// DELETING until its executions have closed. FinishDeletions removes it then. Deleting it
// again, or one that never was, changes nothing.
func (s *Store) DeleteStateMachine(ctx context.Context, name string) error {
	return s.changeMachines(ctx, func(tx *gorm.DB) error {
		err := tx.Exec(`UPDATE machines SET status = ?, deleting_at = ? WHERE name = ? AND status = ?`,
			workflow.Deleting, stampOf(s.now()), name, workflow.Active).Error
		if err != nil {
			return fmt.Errorf("delete state machine %s: %w", name, err)
		}
		return nil
	})
}

// FinishDeletions removes the state machines that are DELETING and have no open execution.
// Their revisions stay, because their executions stay.
func (s *Store) FinishDeletions(ctx context.Context) error {
	var names []string
	err := s.read(ctx).Raw(`SELECT name FROM machines WHERE deleting_at <> 0 AND NOT EXISTS (
		SELECT 1 FROM executions AS e WHERE e.status IN (?, ?) AND e.map_run = '' AND e.machine || '' = machines.name)`,
		workflow.Running, workflow.PendingRedrive).Scan(&names).Error
	if err != nil || len(names) == 0 {
		return err
	}
	return s.changeMachines(ctx, func(tx *gorm.DB) error {
		for _, name := range names {
			if err := removeMachine(tx, name); err != nil {
				return fmt.Errorf("remove state machine %s: %w", name, err)
			}
		}
		return nil
	})
}

func removeMachine(tx *gorm.DB, name string) error {
	gone := tx.Exec(`DELETE FROM machines WHERE name = ? AND deleting_at <> 0`, name)
	if gone.Error != nil || gone.RowsAffected == 0 {
		return gone.Error
	}
	for _, table := range []string{"published_versions", "aliases", "alias_routes"} {
		if err := tx.Exec(`DELETE FROM `+table+` WHERE machine = ?`, name).Error; err != nil {
			return err
		}
	}
	// Its executions give their names up to those of another state machine of that name.
	if err := tx.Exec(`UPDATE executions SET apart = id WHERE machine = ? AND apart = 0`, name).Error; err != nil {
		return err
	}
	return tx.Exec(`DELETE FROM tags WHERE resource = ?`, workflow.StateMachineARN(name)).Error
}

// Deletion is a state machine that is DELETING.
type Deletion struct {
	StateMachine string
	Since        time.Time
}

// Deletions lists the state machines that are DELETING.
func (s *Store) Deletions(ctx context.Context) ([]Deletion, error) {
	rows, err := s.read(ctx).Raw(`SELECT name, deleting_at FROM machines WHERE deleting_at <> 0 ORDER BY name`).Rows()
	return scanAll(rows, err, "deletions", func(rows *sql.Rows) (d Deletion, err error) {
		var since stamp
		err = rows.Scan(&d.StateMachine, &since)
		d.Since = since.Time()
		return d, err
	})
}

// OpenExecutions lists the executions of a state machine that are open, by id, those after an
// id, at most limit of them.
func (s *Store) OpenExecutions(ctx context.Context, machine string, after workflow.ExecutionID, limit int) (ids []workflow.ExecutionID, err error) {
	err = s.read(ctx).Raw(`SELECT id FROM executions WHERE status IN (?, ?) AND map_run = '' AND machine || '' = ? AND id > ? ORDER BY id LIMIT ?`,
		workflow.Running, workflow.PendingRedrive, machine, int64(after), limit).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("list open executions of %s: %w", machine, err)
	}
	return ids, nil
}
