package models

import (
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// addTags sets tags of a resource; of a key that stands twice the last value counts.
func addTags(tx *gorm.DB, resource workflow.ARN, tags []workflow.Tag) error {
	for _, t := range tags {
		err := tx.Exec(`INSERT INTO tags (resource, key, value, place)
			VALUES (?, ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM tags WHERE resource = ?))
			ON CONFLICT (resource, key) DO UPDATE SET value = excluded.value`, resource, t.Key, t.Value, resource).Error
		if err != nil {
			return fmt.Errorf("tag %s: %w", resource, err)
		}
	}
	return nil
}
