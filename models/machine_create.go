package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// Creation is what a new state machine comes with.
type Creation struct {
	Tags        []workflow.Tag
	Publish     bool   // its first revision becomes version 1
	Description string // of that version
}

// CreateStateMachine adds a state machine and says what there is afterwards, with the number of
// the version it published, 0 for none. Creating it again with the same content changes nothing
// and gives the same answer, whatever the role and the tags are now; with other content the
// error is workflow.ErrConflict, unless it is a built-in one that nobody has touched, and while one of that name is going it is workflow.ErrDeleting.
func (s *Store) CreateStateMachine(ctx context.Context, m workflow.StateMachine, c Creation) (made workflow.StateMachine, published int64, err error) {
	if c.Publish {
		published = 1
	}
	err = s.changeMachines(ctx, func(tx *gorm.DB) error {
		was, err := machineNow(tx, m.Name)
		switch {
		case errors.Is(err, workflow.ErrNotFound):
			made = m
			_, err := s.addMachine(tx, &made, c)
			return err
		case err != nil:
			return err
		case was.Status == workflow.Deleting:
			return fmt.Errorf("state machine %s: %w", m.Name, workflow.ErrDeleting)
		case !was.createdAs(m, c):
			made = m
			taken, err := s.takeOver(tx, &was, &made, c)
			if err == nil && !taken {
				err = fmt.Errorf("state machine %s: %w", m.Name, workflow.ErrConflict)
			}
			return err
		}
		made = was.StateMachine
		return nil
	})
	return made, published, err
}

// createdAs is the service's test of idempotency: role and tags do not count.
func (m machine) createdAs(n workflow.StateMachine, c Creation) bool {
	return m.Type == n.Type && bytes.Equal(m.Definition, n.Definition) && bytes.Equal(m.Logging, n.Logging) &&
		bytes.Equal(m.Tracing, n.Tracing) && bytes.Equal(m.Encryption, n.Encryption) &&
		m.createdPublished == c.Publish && m.createdDescription == c.Description
}

// addMachine adds a state machine and its first revision, which is counted on from those of an
// earlier one of that name: executions may still refer to them.
func (s *Store) addMachine(tx *gorm.DB, m *workflow.StateMachine, c Creation) (version int64, err error) {
	m.Status, m.RevisionID, m.Version = workflow.Active, "", 0
	if version, err = s.revision(tx, m); err != nil {
		return 0, err
	}
	m.CreatedAt = m.UpdatedAt
	published := int64(0)
	if c.Publish {
		published = 1
		v := workflow.PublishedVersion{StateMachine: m.Name, Number: published, Version: version, Description: c.Description, CreatedAt: m.CreatedAt}
		if err := addVersion(tx, v); err != nil {
			return 0, err
		}
	}
	err = tx.Exec(`INSERT INTO machines (name, type, status, version, created_at, deleting_at, published, created_published, created_description)
		VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)`,
		m.Name, m.Type, m.Status, version, m.CreatedAt.UnixMilli(), published, c.Publish, c.Description).Error
	if err != nil {
		return 0, fmt.Errorf("add state machine %s: %w", m.Name, err)
	}
	return version, addTags(tx, m.ARN(), c.Tags)
}

// revise makes m, which was read in the same transaction and changed since, the present revision.
func (s *Store) revise(tx *gorm.DB, m *workflow.StateMachine) (version int64, err error) {
	m.RevisionID = workflow.NewUUID()
	if version, err = s.revision(tx, m); err != nil {
		return 0, err
	}
	if err := tx.Exec(`UPDATE machines SET version = ? WHERE name = ?`, version, m.Name).Error; err != nil {
		return 0, fmt.Errorf("revise state machine %s: %w", m.Name, err)
	}
	return version, nil
}

// revision adds a row for m as it is now and gives it its number and time.
func (s *Store) revision(tx *gorm.DB, m *workflow.StateMachine) (int64, error) {
	at := stampOf(s.now())
	err := tx.Raw(`INSERT INTO state_machines (machine, version, definition, created_at, revision_id, role_arn, logging, tracing, encryption)
		VALUES (?, (SELECT coalesce(max(version), 0) + 1 FROM state_machines WHERE machine = ?), ?, ?, ?, ?, ?, ?, ?) RETURNING version`,
		m.Name, m.Name, m.Definition, at, m.RevisionID, m.RoleARN,
		orNull(m.Logging), orNull(m.Tracing), orNull(m.Encryption)).Row().Scan(&m.Version)
	if err != nil {
		return 0, fmt.Errorf("add revision of state machine %s: %w", m.Name, err)
	}
	m.UpdatedAt = at.Time()
	return m.Version, nil
}
