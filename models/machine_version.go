package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// maxVersions is how many versions of a state machine may be published at the same time.
const maxVersions = 1000

var (
	// ErrTooManyVersions: the state machine has as many published versions as it may have.
	ErrTooManyVersions = errors.New("too many published versions")
	// ErrVersionInUse: an alias leads to the version.
	ErrVersionInUse = errors.New("an alias leads to the version")
)

// RevisionChangedError: the state machine has another revision than the one to be published.
type RevisionChangedError struct{ Asked, Present string }

func (e *RevisionChangedError) Error() string {
	return fmt.Sprintf("the present revision is %q, not %q", e.Present, e.Asked)
}

// AliasedError: aliases lead to the version that was to be deleted. It is ErrVersionInUse.
type AliasedError struct{ Aliases []string }

func (e *AliasedError) Error() string { return fmt.Sprintf("%v: %v", ErrVersionInUse, e.Aliases) }

// Is matches ErrVersionInUse.
func (e *AliasedError) Is(target error) bool { return target == ErrVersionInUse }

// PublishVersion gives the present revision of a state machine a number. A revision has one at
// most: publishing it again gives the earlier version. A non-nil revision must be the present
// one, else the error is a *RevisionChangedError. Others: workflow.ErrNotFound,
// workflow.ErrDeleting, ErrTooManyVersions.
func (s *Store) PublishVersion(ctx context.Context, name string, revision *string, description string) (v workflow.PublishedVersion, err error) {
	err = s.changeMachines(ctx, func(tx *gorm.DB) error {
		m, err := machineAlive(tx, name)
		if err != nil {
			return err
		}
		if revision != nil && *revision != m.RevisionID {
			return &RevisionChangedError{Asked: *revision, Present: m.RevisionID}
		}
		v, err = s.publish(tx, &m, description)
		return err
	})
	return v, err
}

func (s *Store) publish(tx *gorm.DB, m *machine, description string) (workflow.PublishedVersion, error) {
	there, err := versions(tx.Raw(selectVersions+`WHERE p.machine = ? AND p.version = ?`, m.Name, m.Version))
	if err != nil {
		return workflow.PublishedVersion{}, err
	}
	if len(there) > 0 {
		return there[0], nil
	}
	var count int
	if err := tx.Raw(`SELECT count(*) FROM published_versions WHERE machine = ?`, m.Name).Row().Scan(&count); err != nil {
		return workflow.PublishedVersion{}, fmt.Errorf("count versions of %s: %w", m.Name, err)
	}
	if count >= maxVersions {
		return workflow.PublishedVersion{}, ErrTooManyVersions
	}
	m.published++
	if err := tx.Exec(`UPDATE machines SET published = ? WHERE name = ?`, m.published, m.Name).Error; err != nil {
		return workflow.PublishedVersion{}, fmt.Errorf("count version of %s: %w", m.Name, err)
	}
	v := workflow.PublishedVersion{StateMachine: m.Name, Number: m.published, Version: m.Version,
		RevisionID: m.RevisionID, Description: description, CreatedAt: stampOf(s.now()).Time()}
	return v, addVersion(tx, v)
}

func addVersion(tx *gorm.DB, v workflow.PublishedVersion) error {
	err := tx.Exec(`INSERT INTO published_versions (machine, number, version, description, created_at) VALUES (?, ?, ?, ?, ?)`,
		v.StateMachine, v.Number, v.Version, v.Description, v.CreatedAt.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("publish version %d of state machine %s: %w", v.Number, v.StateMachine, err)
	}
	return nil
}

// DeleteVersion takes a version away; one that is not there is no error. Executions that it
// started go on. An alias that leads to it makes an *AliasedError.
func (s *Store) DeleteVersion(ctx context.Context, name string, number int64) error {
	return s.changeMachines(ctx, func(tx *gorm.DB) error {
		var aliases []string
		err := tx.Raw(`SELECT alias FROM alias_routes WHERE machine = ? AND number = ? ORDER BY alias`, name, number).Scan(&aliases).Error
		if err != nil {
			return fmt.Errorf("read aliases of version %d of %s: %w", number, name, err)
		}
		if len(aliases) > 0 {
			return &AliasedError{aliases}
		}
		return tx.Exec(`DELETE FROM published_versions WHERE machine = ? AND number = ?`, name, number).Error
	})
}

const selectVersions = `SELECT p.machine, p.number, p.version, r.revision_id, p.description, p.created_at
	FROM published_versions AS p JOIN state_machines AS r ON r.machine = p.machine AND r.version = p.version `

// PublishedVersion reads a version and the state machine as it was then, or workflow.ErrNotFound.
func (s *Store) PublishedVersion(ctx context.Context, name string, number int64) (workflow.PublishedVersion, workflow.StateMachine, error) {
	db := s.read(ctx)
	list, err := versions(db.Raw(selectVersions+`WHERE p.machine = ? AND p.number = ?`, name, number))
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("version %d of state machine %s: %w", number, name, workflow.ErrNotFound)
	}
	if err != nil {
		return workflow.PublishedVersion{}, workflow.StateMachine{}, err
	}
	m, err := machineAt(db, name, list[0].Version)
	return list[0], m.StateMachine, err
}

// PublishedVersions lists the versions of a state machine below a number (0: all), the highest
// first, and at most limit of them.
func (s *Store) PublishedVersions(ctx context.Context, name string, below int64, limit int) ([]workflow.PublishedVersion, error) {
	return versions(s.read(ctx).Raw(selectVersions+`WHERE p.machine = ? AND (CAST(? AS bigint) = 0 OR p.number < ?) ORDER BY p.number DESC LIMIT ?`,
		name, below, below, limit))
}

func versions(q *gorm.DB) (list []workflow.PublishedVersion, err error) {
	rows, err := q.Rows()
	return scanAll(rows, err, "published versions", func(rows *sql.Rows) (v workflow.PublishedVersion, err error) {
		var at int64
		err = rows.Scan(&v.StateMachine, &v.Number, &v.Version, &v.RevisionID, &v.Description, &at)
		v.CreatedAt = time.UnixMilli(at).UTC()
		return v, err
	})
}

// scanAll reads every row.
func scanAll[T any](rows *sql.Rows, err error, what string, one func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		row, err := one(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		list = append(list, row)
	}
	return list, rows.Err()
}
