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

// CreateActivity adds an activity. Creating it again changes nothing and gives the one that
// there is; with another encryption the error is workflow.ErrConflict. Also ErrTooManyTags.
func (s *Store) CreateActivity(ctx context.Context, a workflow.Activity, tags []workflow.Tag) (made workflow.Activity, err error) {
	err = s.write(ctx, nil, func(tx *gorm.DB) error {
		was, err := activityNow(tx, a.Name)
		switch {
		case err == nil && !bytes.Equal(was.Encryption, a.Encryption):
			return fmt.Errorf("activity %s: %w", a.Name, workflow.ErrConflict)
		case err == nil:
			made = was
			return nil
		case !errors.Is(err, workflow.ErrNotFound):
			return err
		}
		made = a
		made.CreatedAt = stampOf(s.now()).Time()
		err = tx.Exec(`INSERT INTO activities (name, encryption, created_at) VALUES (?, ?, ?)`,
			a.Name, orNull(a.Encryption), made.CreatedAt.UnixMilli()).Error
		if err != nil {
			return fmt.Errorf("add activity %s: %w", a.Name, err)
		}
		return addTags(tx, workflow.ActivityARN(a.Name), tags)
	})
	return made, err
}

// DeleteActivity takes an activity away; one that is not there is no error.
func (s *Store) DeleteActivity(ctx context.Context, name string) error {
	return s.write(ctx, nil, func(tx *gorm.DB) error {
		if err := tx.Exec(`DELETE FROM activities WHERE name = ?`, name).Error; err != nil {
			return fmt.Errorf("delete activity %s: %w", name, err)
		}
		return tx.Exec(`DELETE FROM tags WHERE resource = ?`, workflow.ActivityARN(name)).Error
	})
}

// Activity reads one activity, or workflow.ErrNotFound.
func (s *Store) Activity(ctx context.Context, name string) (workflow.Activity, error) {
	return activityNow(s.read(ctx), name)
}

const selectActivities = `SELECT name, encryption, created_at FROM activities `

func activityNow(db *gorm.DB, name string) (workflow.Activity, error) {
	list, err := activities(db.Raw(selectActivities+`WHERE name = ?`, name))
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("activity %s: %w", name, workflow.ErrNotFound)
	}
	if err != nil {
		return workflow.Activity{}, err
	}
	return list[0], nil
}

// Activities lists activities by name, those after a name, at most limit of them.
func (s *Store) Activities(ctx context.Context, after string, limit int) ([]workflow.Activity, error) {
	return activities(s.read(ctx).Raw(selectActivities+`WHERE name > ? ORDER BY name LIMIT ?`, after, limit))
}

func activities(q *gorm.DB) ([]workflow.Activity, error) {
	rows, err := q.Rows()
	return scanAll(rows, err, "activities", func(rows *sql.Rows) (a workflow.Activity, err error) {
		var encryption []byte
		var at int64
		err = rows.Scan(&a.Name, &encryption, &at)
		a.Encryption, a.CreatedAt = given(encryption), time.UnixMilli(at).UTC()
		return a, err
	})
}
