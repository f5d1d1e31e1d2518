package models

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"countersign/workflow"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// ErrTooManyTags: the resource would have more tags than it may have, so none was added.
var ErrTooManyTags = errors.New("too many tags")

// Tag sets tags of a state machine or activity; of a key that stands twice the last value
// counts. Errors: workflow.ErrNotFound for the resource, ErrTooManyTags.
func (s *Store) Tag(ctx context.Context, resource workflow.ARN, tags []workflow.Tag) error {
	return s.write(ctx, nil, func(tx *gorm.DB) error {
		if err := taggable(tx, resource); err != nil {
			return err
		}
		return addTags(tx, resource, tags)
	})
}

// Untag removes tags by their keys; those that are not there do not matter.
func (s *Store) Untag(ctx context.Context, resource workflow.ARN, keys []string) error {
	return s.write(ctx, nil, func(tx *gorm.DB) error {
		if err := taggable(tx, resource); err != nil || len(keys) == 0 {
			return err
		}
		return tx.Exec(`DELETE FROM tags WHERE resource = ? AND key IN ?`, resource, keys).Error
	})
}

// Tags lists the tags of a state machine or activity in the order they were first set, or gives
// workflow.ErrNotFound.
func (s *Store) Tags(ctx context.Context, resource workflow.ARN) (list []workflow.Tag, err error) {
	db := s.read(ctx)
	if err := taggable(db, resource); err != nil {
		return nil, err
	}
	err = db.Raw(`SELECT key, value FROM tags WHERE resource = ? ORDER BY place`, resource).Scan(&list).Error
	return list, err
}

// taggable is nil for a state machine or activity that exists. Versions and aliases have no tags.
func taggable(db *gorm.DB, resource workflow.ARN) error {
	table, name := "machines", strings.TrimPrefix(string(resource), string(workflow.StateMachineARN("")))
	if name == string(resource) {
		table, name = "activities", strings.TrimPrefix(string(resource), string(workflow.ActivityARN("")))
	}
	var there int
	if err := db.Raw(`SELECT count(*) FROM `+table+` WHERE name = ?`, name).Row().Scan(&there); err != nil {
		return fmt.Errorf("read %s: %w", resource, err)
	}
	if there == 0 {
		return fmt.Errorf("%s: %w", resource, workflow.ErrNotFound)
	}
	return nil
}

func addTags(tx *gorm.DB, resource workflow.ARN, tags []workflow.Tag) error {
	for _, t := range tags {
		err := tx.Exec(`INSERT INTO tags (resource, key, value, place)
			VALUES (?, ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM tags WHERE resource = ?))
			ON CONFLICT (resource, key) DO UPDATE SET value = excluded.value`, resource, t.Key, t.Value, resource).Error
		if err != nil {
			return fmt.Errorf("tag %s: %w", resource, err)
		}
	}
	var count int
	if err := tx.Raw(`SELECT count(*) FROM tags WHERE resource = ?`, resource).Row().Scan(&count); err != nil {
		return fmt.Errorf("count tags of %s: %w", resource, err)
	}
	if count > maxTags {
		return ErrTooManyTags
	}
	return nil
}
