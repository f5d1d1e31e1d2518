package models

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// ErrRevised: somebody else has changed it since.
var ErrRevised = errors.New("there is a later revision")

// Revision says what of a state machine is to change; what is nil stays.
type Revision struct {
	Of                           int64 // the revision that is changed, no other; 0: whichever is the latest
	Definition                   []byte
	RoleARN                      string
	Logging, Tracing, Encryption json.RawMessage
	Publish                      bool   // the revision that results
	Description                  string // of the version that is published
}

// UpdateStateMachine changes a state machine and says what it is afterwards, with the number of
// the version it published, 0 for none. When nothing differs there is no new revision. Errors:
// workflow.ErrNotFound, workflow.ErrDeleting, ErrTooManyVersions, and ErrRevised when there is a later one than r.Of.
func (s *Store) UpdateStateMachine(ctx context.Context, name string, r Revision) (now workflow.StateMachine, published int64, err error) {
	err = s.changeMachines(ctx, func(tx *gorm.DB) error {
		m, err := machineAlive(tx, name)
		if err != nil {
			return err
		}
		if r.Of != 0 && r.Of != m.Version {
			return fmt.Errorf("revision %d of %s: %w", r.Of, name, ErrRevised)
		}
		if m.change(r) {
			if _, err := s.revise(tx, &m.StateMachine); err != nil {
				return err
			}
		}
		if r.Publish {
			v, err := s.publish(tx, &m, r.Description)
			if err != nil {
				return err
			}
			published = v.Number
		}
		now = m.StateMachine
		return nil
	})
	return now, published, err
}

func machineAlive(tx *gorm.DB, name string) (machine, error) {
	m, err := machineNow(tx, name)
	if err == nil && m.Status == workflow.Deleting {
		err = fmt.Errorf("state machine %s: %w", name, workflow.ErrDeleting)
	}
	return m, err
}

// change applies r and says whether anything differs.
func (m *machine) change(r Revision) (differs bool) {
	if r.Definition != nil && !bytes.Equal(r.Definition, m.Definition) {
		m.Definition, differs = r.Definition, true
	}
	if r.RoleARN != "" && r.RoleARN != m.RoleARN {
		m.RoleARN, differs = r.RoleARN, true
	}
	for _, c := range []struct {
		is *json.RawMessage
		to json.RawMessage
	}{{&m.Logging, r.Logging}, {&m.Tracing, r.Tracing}, {&m.Encryption, r.Encryption}} {
		if c.to != nil && !bytes.Equal(c.to, *c.is) {
			*c.is, differs = c.to, true
		}
	}
	return differs
}
