package models

import (
	"context"
	"fmt"

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
		SELECT 1 FROM executions AS e WHERE e.status IN (?, ?) AND e.machine || '' = machines.name)`,
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
