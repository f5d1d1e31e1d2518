package models

import (
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// addVersion publishes m's present revision under a number.
func addVersion(tx *gorm.DB, m *workflow.StateMachine, number int64, description string) error {
	err := tx.Exec(`INSERT INTO published_versions (machine, number, version, description, created_at) VALUES (?, ?, ?, ?, ?)`,
		m.Name, number, m.Version, description, m.UpdatedAt.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("publish version %d of state machine %s: %w", number, m.Name, err)
	}
	return nil
}
