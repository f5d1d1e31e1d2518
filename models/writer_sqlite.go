package models

import (
	"cmp"
	"context"
	"database/sql"

	"gorm.io/gorm"
)

// sqliteSession writes to a file that no other process has open.
type sqliteSession struct {
	file   databaseFile
	damage *damage
	conn   *sql.Conn
	db     *gorm.DB // on conn

	started, committed, rolledBack *sql.Stmt
	set, released, rolledBackToIt  *sql.Stmt
}

func newSQLiteSession(ctx context.Context, file databaseFile, damage *damage, conn *sql.Conn, db *gorm.DB) (*sqliteSession, error) {
	s := &sqliteSession{file: file, damage: damage, conn: conn, db: db}
	for statement, text := range map[**sql.Stmt]string{
		&s.started: "BEGIN IMMEDIATE", &s.committed: "COMMIT", &s.rolledBack: "ROLLBACK",
		&s.set: "SAVEPOINT one", &s.released: "RELEASE one", &s.rolledBackToIt: "ROLLBACK TO one",
	} {
		var err error
		if *statement, err = conn.PrepareContext(ctx, text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *sqliteSession) gorm() *gorm.DB { return s.db }

func (s *sqliteSession) begin(locks) error {
	if err := s.damage.found(); err != nil {
		return err
	}
	if err := s.file.check(); err != nil {
		return err
	}
	return perform(s.started)
}

// In a file a statement for many rows costs what as many statements cost.
func (s *sqliteSession) together([]*write) int { return 0 }

func (s *sqliteSession) atOnce([]*write, locks) error { return errNotTogether }

func (s *sqliteSession) savepoint() error      { return perform(s.set) }
func (s *sqliteSession) rollbackTo() error     { return perform(s.rolledBackToIt) }
func (s *sqliteSession) release() error        { return perform(s.released) }
func (s *sqliteSession) commit([]*write) error { return perform(s.committed) }
func (s *sqliteSession) rollback()             { _ = perform(s.rolledBack) } // fails when SQLite has rolled back by itself
func (s *sqliteSession) again(error) bool      { return false }

// close closes the statements: with one left open, SQLite would keep the connection and
// leave the write-ahead log behind.
func (s *sqliteSession) close() error {
	var first error
	for _, statement := range []*sql.Stmt{s.started, s.committed, s.rolledBack, s.set, s.released, s.rolledBackToIt} {
		first = cmp.Or(first, statement.Close())
	}
	return first
}

// perform runs one of the writer's own statements. Statements of the writer get no
// context that ends: interrupting SQLite would roll back the whole group.
func perform(statement *sql.Stmt) error {
	_, err := statement.ExecContext(context.Background())
	return err
}
