package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// maxAliases is how many aliases a state machine may have.
const maxAliases = 100

// ErrTooManyAliases: the state machine has as many aliases as it may have.
var ErrTooManyAliases = errors.New("too many aliases")

// MissingVersionError: a route leads to a version that there is not. It is workflow.ErrNotFound.
type MissingVersionError struct{ Number int64 }

func (e *MissingVersionError) Error() string { return fmt.Sprintf("there is no version %d", e.Number) }

// Is matches workflow.ErrNotFound.
func (e *MissingVersionError) Is(target error) bool { return target == workflow.ErrNotFound }

// CreateAlias adds an alias. Creating it again as it is changes nothing. Errors:
// workflow.ErrConflict when it exists otherwise, workflow.ErrNotFound for the state machine,
// *MissingVersionError for a route, workflow.ErrDeleting, ErrTooManyAliases.
func (s *Store) CreateAlias(ctx context.Context, a workflow.Alias) (made workflow.Alias, err error) {
	err = s.changeMachines(ctx, func(tx *gorm.DB) error {
		if _, err := machineAlive(tx, a.StateMachine); err != nil {
			return err
		}
		was, err := aliasNow(tx, a.StateMachine, a.Name)
		switch {
		case err == nil && was.Description == a.Description && slices.Equal(was.Routes, a.Routes):
			made = was
			return nil
		case err == nil:
			return fmt.Errorf("alias %s of %s: %w", a.Name, a.StateMachine, workflow.ErrConflict)
		case !errors.Is(err, workflow.ErrNotFound):
			return err
		}
		made = a
		made.CreatedAt = stampOf(s.now()).Time()
		made.UpdatedAt = made.CreatedAt
		return addAlias(tx, made)
	})
	return made, err
}

func addAlias(tx *gorm.DB, a workflow.Alias) error {
	var count int
	if err := tx.Raw(`SELECT count(*) FROM aliases WHERE machine = ?`, a.StateMachine).Row().Scan(&count); err != nil {
		return fmt.Errorf("count aliases of %s: %w", a.StateMachine, err)
	}
	if count >= maxAliases {
		return ErrTooManyAliases
	}
	at := a.CreatedAt.UnixMilli()
	err := tx.Exec(`INSERT INTO aliases (machine, name, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
		a.StateMachine, a.Name, a.Description, at, at).Error
	if err != nil {
		return fmt.Errorf("add alias %s of %s: %w", a.Name, a.StateMachine, err)
	}
	return route(tx, a)
}

// route makes the alias lead where a says.
func route(tx *gorm.DB, a workflow.Alias) error {
	if err := tx.Exec(`DELETE FROM alias_routes WHERE machine = ? AND alias = ?`, a.StateMachine, a.Name).Error; err != nil {
		return err
	}
	for i, r := range a.Routes {
		added := tx.Exec(`INSERT INTO alias_routes (machine, alias, place, number, weight)
			SELECT machine, ?, ?, number, ? FROM published_versions WHERE machine = ? AND number = ?`, a.Name, i, r.Weight, a.StateMachine, r.Number)
		if added.Error != nil {
			return fmt.Errorf("route alias %s of %s: %w", a.Name, a.StateMachine, added.Error)
		}
		if added.RowsAffected == 0 {
			return &MissingVersionError{r.Number}
		}
	}
	return nil
}

// UpdateAlias changes what is not nil of an alias. Errors: workflow.ErrNotFound for the alias,
// *MissingVersionError for a route, workflow.ErrDeleting.
func (s *Store) UpdateAlias(ctx context.Context, machine, name string, description *string, routes []workflow.Route) (now workflow.Alias, err error) {
	err = s.changeMachines(ctx, func(tx *gorm.DB) error {
		if now, err = aliasNow(tx, machine, name); err != nil {
			return err
		}
		if _, err := machineAlive(tx, machine); err != nil {
			return err
		}
		if description != nil {
			now.Description = *description
		}
		if routes != nil {
			now.Routes = routes
			if err := route(tx, now); err != nil {
				return err
			}
		}
		now.UpdatedAt = stampOf(s.now()).Time()
		return tx.Exec(`UPDATE aliases SET description = ?, updated_at = ? WHERE machine = ? AND name = ?`,
			now.Description, now.UpdatedAt.UnixMilli(), machine, name).Error
	})
	return now, err
}

// DeleteAlias takes an alias away; one that is not there is no error.
func (s *Store) DeleteAlias(ctx context.Context, machine, name string) error {
	return s.changeMachines(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec(`DELETE FROM alias_routes WHERE machine = ? AND alias = ?`, machine, name).Error; err != nil {
			return fmt.Errorf("delete alias %s of %s: %w", name, machine, err)
		}
		return tx.Exec(`DELETE FROM aliases WHERE machine = ? AND name = ?`, machine, name).Error
	})
}

// Alias reads one alias, or workflow.ErrNotFound.
func (s *Store) Alias(ctx context.Context, machine, name string) (workflow.Alias, error) {
	return aliasNow(s.read(ctx), machine, name)
}

const selectAliases = `SELECT a.machine, a.name, a.description, a.created_at, a.updated_at FROM aliases AS a `

func aliasNow(db *gorm.DB, machine, name string) (workflow.Alias, error) {
	list, err := aliases(db.Raw(selectAliases+`WHERE a.machine = ? AND a.name = ?`, machine, name))
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("alias %s of state machine %s: %w", name, machine, workflow.ErrNotFound)
	}
	if err != nil {
		return workflow.Alias{}, err
	}
	list[0].Routes, err = aliasRoutes(db, machine, name)
	return list[0], err
}

// Aliases lists the aliases of a state machine, or those that lead to one version of it (0: to
// any), without their routes: the latest first, after the alias that is named (empty: from the
// beginning), at most limit of them.
func (s *Store) Aliases(ctx context.Context, machine string, number int64, after string, limit int) ([]workflow.Alias, error) {
	return aliases(s.read(ctx).Raw(selectAliases+`WHERE a.machine = ?
		AND (CAST(? AS bigint) = 0 OR EXISTS (SELECT 1 FROM alias_routes AS r WHERE r.machine = a.machine AND r.alias = a.name AND r.number = ?))
		AND (? = '' OR (a.created_at, a.name) < (SELECT created_at, name FROM aliases WHERE machine = ? AND name = ?))
		ORDER BY a.created_at DESC, a.name DESC LIMIT ?`, machine, number, number, after, machine, after, limit))
}

func aliases(q *gorm.DB) ([]workflow.Alias, error) {
	rows, err := q.Rows()
	return scanAll(rows, err, "aliases", func(rows *sql.Rows) (a workflow.Alias, err error) {
		var created, updated int64
		err = rows.Scan(&a.StateMachine, &a.Name, &a.Description, &created, &updated)
		a.CreatedAt, a.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
		return a, err
	})
}
