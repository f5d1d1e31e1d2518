package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// ErrLastAdministrator: the change would leave nobody who can manage people.
var ErrLastAdministrator = errors.New("this is the last administrator who can sign in")

// isAdministrator is a condition on people: roles are stored separated by commas.
const isAdministrator = `',' || roles || ',' LIKE '%,administrator,%'`

// SetRoles says what a person may do and whether they may sign in at all. Their
// sessions end. Errors: ErrLastAdministrator, workflow.ErrNotFound.
func (s *Store) SetRoles(ctx context.Context, id string, roles []workflow.Role, disabled bool, by string) error {
	return s.write(ctx, []string{TopicPeople}, func(tx *gorm.DB) error {
		err := changePerson(tx, id, "UPDATE people SET roles = ?, disabled = ?, credentials_at = ? WHERE id = ?",
			joinRoles(roles), disabled, stampOf(s.now()), id)
		if err != nil {
			return err
		}
		var administrators int64
		err = tx.Raw("SELECT COUNT(*) FROM people WHERE disabled = ? AND "+isAdministrator, false).Scan(&administrators).Error
		if err != nil {
			return fmt.Errorf("count administrators: %w", err)
		}
		if administrators == 0 {
			return ErrLastAdministrator
		}
		detail := "roles: " + joinRoles(roles)
		if disabled {
			detail += "; may not sign in"
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditPersonChanged, Subject: "person " + id, Detail: detail})
	})
}

// SetPassword replaces the hash of a person's password. Their sessions end.
func (s *Store) SetPassword(ctx context.Context, id, hash, by string) error {
	return s.write(ctx, []string{TopicPeople}, func(tx *gorm.DB) error {
		err := changePerson(tx, id, "UPDATE people SET password_hash = ?, credentials_at = ? WHERE id = ?", hash, stampOf(s.now()), id)
		if err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditPersonChanged, Subject: "person " + id, Detail: "new password"})
	})
}

// SetCustomerDetails keeps address and card for a person's next order.
func (s *Store) SetCustomerDetails(ctx context.Context, id string, a workflow.Address, c workflow.Card) error {
	return s.write(ctx, nil, func(tx *gorm.DB) error {
		return changePerson(tx, id, `UPDATE people SET street = ?, city = ?, postcode = ?, country = ?,
			card_brand = ?, card_last_four = ?, card_token = ? WHERE id = ?`,
			a.Street, a.City, a.Postcode, a.Country, c.Brand, c.LastFour, c.Token, id)
	})
}

// RecordSignIn notes that a person has signed in, and how.
func (s *Store) RecordSignIn(ctx context.Context, id, how string) error {
	return s.write(ctx, nil, func(tx *gorm.DB) error {
		if err := changePerson(tx, id, "UPDATE people SET signed_in_at = ? WHERE id = ?", stampOf(s.now()), id); err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: id, Action: AuditSignedIn, Subject: "person " + id, Detail: how})
	})
}

// HasAdministrator says whether anybody can manage people.
func (s *Store) HasAdministrator(ctx context.Context) (bool, error) {
	var n int64
	err := s.read(ctx).Raw("SELECT COUNT(*) FROM people WHERE disabled = ? AND "+isAdministrator, false).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("count administrators: %w", err)
	}
	return n > 0, nil
}

// AddFirstAdministrator adds a person while nobody can manage people, and is
// refused (workflow.ErrEffectRefused) from then on: the one-time link works once.
func (s *Store) AddFirstAdministrator(ctx context.Context, p Person) error {
	return s.write(ctx, []string{TopicPeople}, func(tx *gorm.DB) error {
		var n int64
		err := tx.Raw("SELECT COUNT(*) FROM people WHERE disabled = ? AND "+isAdministrator, false).Scan(&n).Error
		if err != nil {
			return fmt.Errorf("count administrators: %w", err)
		}
		if n > 0 {
			return refuse("there is an administrator")
		}
		if !p.Has(workflow.RoleAdministrator) {
			p.Roles = append(p.Roles, workflow.RoleAdministrator)
		}
		if err := addPerson(tx, p, stampOf(s.now())); err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: p.ID, Action: AuditPersonChanged, Subject: "person " + p.ID, Detail: "first administrator"})
	})
}

func changePerson(tx *gorm.DB, id, statement string, args ...any) error {
	res := tx.Exec(statement, args...)
	if res.Error != nil {
		return fmt.Errorf("change person %s: %w", id, res.Error)
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("person %s: %w", id, workflow.ErrNotFound)
	}
	return nil
}
