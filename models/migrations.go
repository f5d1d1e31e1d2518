package models

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

// migrations bring a database up to date, oldest first. A migration that has been
// released never changes: what comes later is a new one, in a file of its own.
var migrations = []*gormigrate.Migration{
	migration0001Engine,
	migration0002Books,
	migration0003People,
	migration0004Registry,
	migration0005Children,
	migration0006Outgoing,
	migration0007MapRuns,
	migration0008Metrics,
	migration0009Executions,
	migration0010BuiltIn,
	migration0011OwnRevisions,
	migration0012Attempts,
	migration0013Retention,
	migration0014OneChild,
	migration0015AuditSubject,
	migration0016MapChildren,
	migration0017Room,
	migration0018OpenChildren,
}

// schemaVersion grows when an older program must not use the database any more. On
// PostgreSQL replicas of the version before go on, and may be started again, beside newer
// ones as long as it has not: a migration that they cannot live with, one that drops or
// renames what they use or adds a column that they must fill, raises it. So does a definition of
// the order workflow that calls a function which they do not have: they take its executions, too.
const schemaVersion = 1

// errNewerDatabase: the database has seen a migration that this program does not know.
var errNewerDatabase = errors.New("the database was written by a newer version of Countersign")

// migrationOf makes a migration of SQL statements.
func migrationOf(id string, statements ...string) *gormigrate.Migration {
	return &gormigrate.Migration{ID: id, Migrate: func(tx *gorm.DB) error {
		for _, statement := range statements {
			if err := tx.Exec(dialectOf(tx).ddl(statement)).Error; err != nil {
				return fmt.Errorf("migration %s: %w", id, err)
			}
		}
		return nil
	}}
}

// migrationOfPostgres makes a migration that other databases have no need of.
func migrationOfPostgres(id string, statements ...string) *gormigrate.Migration {
	m := migrationOf(id, statements...)
	return &gormigrate.Migration{ID: id, Migrate: func(tx *gorm.DB) error {
		if dialectOf(tx) != (postgresDialect{}) {
			return nil
		}
		return m.Migrate(tx)
	}}
}

// migrate applies what is missing in one transaction, or nothing.
func (s *Store) migrate(ctx context.Context, pool gorm.ConnPool) error {
	db, err := s.gorm(pool)
	if err != nil {
		return err
	}
	db = db.WithContext(ctx)
	if version, err := s.dialect.version(db); err != nil {
		return err
	} else if version == movingVersion && !s.moving {
		return errMoving
	} else if version > schemaVersion && version != movingVersion {
		return errNewerDatabase
	}
	m := gormigrate.New(db, &gormigrate.Options{
		TableName:                 "migrations",
		IDColumnName:              "id",
		IDColumnSize:              255,
		UseTransaction:            true,
		ValidateUnknownMigrations: s.dialect.strict(),
	}, migrations)
	if err := m.Migrate(); errors.Is(err, gormigrate.ErrUnknownPastMigration) {
		return errNewerDatabase
	} else if err != nil {
		return fmt.Errorf("bring the database up to date: %w", err)
	}
	return s.dialect.setVersion(db, schemaVersion)
}
