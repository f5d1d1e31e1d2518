package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// PutBuiltIn registers a state machine that comes with the program, at every start, and says
// which version it has and whether that is the given definition. One that people have changed
// stays as they left it; one that they have not is brought up to date.
func (s *Store) PutBuiltIn(ctx context.Context, name string, definition []byte) (version int64, present bool, err error) {
	err = s.changeMachines(ctx, func(tx *gorm.DB) error {
		m, err := machineNow(tx, name)
		if errors.Is(err, workflow.ErrNotFound) {
			made := workflow.StateMachine{Name: name, Type: workflow.Standard, RoleARN: workflow.DefaultRole, Definition: definition}
			if version, err = s.addMachine(tx, &made, Creation{}); err != nil {
				return err
			}
			present = true
			return noteBuiltIn(tx, name, version, definition)
		}
		if err != nil {
			return err
		}
		was, err := builtInOf(tx, name)
		if err != nil {
			return err
		}
		version, present = m.Version, bytes.Equal(m.Definition, definition)
		if !present && (was == nil || bytes.Equal(m.Definition, was)) {
			m.Definition = definition
			if version, err = s.revise(tx, &m.StateMachine); err != nil {
				return err
			}
			present = true
		}
		if !present {
			return noteBuiltIn(tx, name, 0, definition)
		}
		return noteBuiltIn(tx, name, version, definition)
	})
	if err != nil {
		return 0, false, fmt.Errorf("register state machine %s: %w", name, err)
	}
	return version, present, nil
}

// noteBuiltIn keeps the definition and marks the revision that has it; 0 for none.
func noteBuiltIn(tx *gorm.DB, name string, version int64, definition []byte) error {
	if err := tx.Exec(`UPDATE state_machines SET own = ? WHERE machine = ? AND version = ?`, true, name, version).Error; err != nil {
		return err
	}
	return tx.Exec(`UPDATE machines SET built_in = ? WHERE name = ?`, definition, name).Error
}

// OwnRevision says whether the program itself has registered a revision. The answer is the
// same for as long as the process lives.
func (s *Store) OwnRevision(ctx context.Context, machine string, version int64) (own bool, err error) {
	err = s.read(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM state_machines WHERE machine = ? AND version = ? AND own)`, machine, version).Row().Scan(&own)
	if err != nil {
		return false, fmt.Errorf("read revision %d of state machine %s: %w", version, machine, err)
	}
	return own, nil
}

func builtInOf(tx *gorm.DB, name string) (definition []byte, err error) {
	err = tx.Raw(`SELECT built_in FROM machines WHERE name = ?`, name).Row().Scan(&definition)
	return definition, err
}

// takeOver makes a built-in state machine that nobody has touched into the one that somebody
// creates under its name, who cannot know that it is there; taken is false for any other.
func (s *Store) takeOver(tx *gorm.DB, was *machine, m *workflow.StateMachine, c Creation) (taken bool, err error) {
	builtIn, err := builtInOf(tx, was.Name)
	if err != nil || builtIn == nil || !bytes.Equal(was.Definition, builtIn) || was.RoleARN != workflow.DefaultRole || was.published != 0 {
		return false, err
	}
	m.Status, m.RevisionID = workflow.Active, ""
	if _, err := s.revision(tx, m); err != nil {
		return false, err
	}
	m.CreatedAt = m.UpdatedAt
	published := int64(0)
	if c.Publish {
		published = 1
		v := workflow.PublishedVersion{StateMachine: m.Name, Number: published, Version: m.Version, Description: c.Description, CreatedAt: m.CreatedAt}
		if err := addVersion(tx, v); err != nil {
			return false, err
		}
	}
	err = tx.Exec(`UPDATE machines SET type = ?, version = ?, created_at = ?, published = ?, created_published = ?, created_description = ? WHERE name = ?`,
		m.Type, m.Version, m.CreatedAt.UnixMilli(), published, c.Publish, c.Description, m.Name).Error
	if err != nil {
		return false, fmt.Errorf("take over state machine %s: %w", m.Name, err)
	}
	return true, addTags(tx, m.ARN(), c.Tags)
}
