package models

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Moving says how far Move has come.
type Moving struct {
	Table string
	Rows  int64 // of the table, copied so far
	Done  bool  // the table is copied and is what it was in the file
}

// movingVersion marks a database on a server that Move has begun to fill, so that nothing else
// uses it before it is whole.
const movingVersion = 1_000_000

// moveLock is held while a process fills a database, under lockClass.
const moveLock = 101

// errMoving: Move has begun to fill the database and is not done.
var errMoving = errors.New("the database is being filled")

// Move copies an installation from an SQLite file, which no process may be using, to an empty
// PostgreSQL database, and tells how far it has come. Interrupted, it goes on where it was when
// it is called again. Every table is compared, row for row, before the new database can be used;
// from then on the file cannot be used any more, lest two processes went on with one execution.
//
// Errors that concern either database are *OpenError.
func Move(ctx context.Context, from, to string, tell func(Moving)) error {
	if _, err := readablePath(from); err != nil {
		return err
	}
	if err := settle(ctx, from); err != nil {
		return err
	}
	release, err := LockDatabase(from)
	if err != nil {
		return err
	}
	defer release()
	m := mover{tell: tell, at: Place(to)}
	if m.file, err = openSQLite(ctx, from, 1, originalPragmas); err != nil {
		return unusable(from, err)
	}
	defer m.file.Close()
	if err := m.checkElsewhere(ctx, from); err != nil {
		return err
	}
	if err := m.prepareTarget(ctx, to); err != nil {
		return err
	}
	defer m.target.Close(context.WithoutCancel(ctx))
	if err := m.run(ctx); err != nil {
		return fmt.Errorf("move %s to %s: %w", from, m.at, err)
	}
	if err := markMoved(ctx, from, m.at); err != nil {
		return fmt.Errorf("mark %s as moved: %w", from, err)
	}
	return m.finish(ctx)
}

// settle brings the file's tables up to date and has everything counted that happened.
func settle(ctx context.Context, from string) error {
	s, err := openStore(ctx, Options{URL: from, Logger: slog.New(slog.DiscardHandler)}, true)
	if err != nil {
		return err
	}
	return errors.Join(s.countUp(ctx, true), s.Close())
}

type mover struct {
	file   *sql.DB
	target *pgx.Conn
	at     string // the target, for people to read
	tell   func(Moving)
	marked bool // the file: all of it was moved to the target once
}

// prepareTarget brings the target's tables up to date and connects to it.
func (m *mover) prepareTarget(ctx context.Context, to string) error {
	s, err := openStore(ctx, Options{URL: to, Logger: slog.New(slog.DiscardHandler)}, true)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	config, err := pgx.ParseConfig(to)
	if err != nil {
		return err
	}
	m.target, err = pgx.ConnectConfig(ctx, tuned(config, map[string]string{"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}))
	if err != nil {
		return unusablePostgres(m.at, config.Database, err)
	}
	return nil
}

func (m *mover) run(ctx context.Context) error {
	var alone bool
	if err := m.target.QueryRow(ctx, "SELECT pg_try_advisory_lock("+lockKey(moveLock)+")").Scan(&alone); err != nil {
		return err
	}
	if !alone {
		return errors.New("another process is at it")
	}
	tables, err := m.tables(ctx)
	if err != nil {
		return err
	}
	if err := m.begin(ctx, tables); err != nil {
		return err
	}
	for _, t := range tables {
		if err := m.copyTable(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	for _, t := range tables {
		if err := m.compareTable(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// markTarget marks a database that has nothing in it yet, before anything else: whatever happens
// then, no installation begins in it.
func markTarget(ctx context.Context, pool *sql.DB) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT to_regclass('countersign') IS NOT NULL`).Scan(&there); err != nil || there {
		return err
	}
	for _, statement := range []string{basis[0], fmt.Sprintf(`INSERT INTO countersign VALUES (%d)`, movingVersion)} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// begin claims an empty target for this file, or goes on with one that was claimed for it.
func (m *mover) begin(ctx context.Context, tables []movedTable) error {
	mark, err := m.fingerprint(ctx)
	if err != nil {
		return err
	}
	var version int
	if err := m.target.QueryRow(ctx, `SELECT version FROM countersign`).Scan(&version); err != nil {
		return err
	}
	var claimed string
	err = pgx.ErrNoRows
	if there := false; version == movingVersion {
		if err := m.target.QueryRow(ctx, `SELECT to_regclass('moving') IS NOT NULL`).Scan(&there); err != nil {
			return err
		}
		if there {
			err = m.target.QueryRow(ctx, `SELECT fingerprint FROM moving`).Scan(&claimed)
		}
	}
	switch {
	case err == nil:
		if claimed != mark {
			return errors.New("it was begun with another file, or the file has been used since; make the database anew and begin again")
		}
		return nil
	case !errors.Is(err, pgx.ErrNoRows):
		return err
	}
	for _, t := range tables {
		var some bool
		if err := m.target.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+t.name+`)`).Scan(&some); err != nil {
			return err
		}
		if some && m.marked {
			return errors.New("that is done already; start Countersign with that database")
		}
		if some {
			return fmt.Errorf("it holds an installation already (there are %s); name an empty database", t.name)
		}
	}
	return pgx.BeginFunc(ctx, m.target, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`CREATE TABLE moving (fingerprint text NOT NULL)`,
			`CREATE TABLE moving_tables (name text PRIMARY KEY, copied bigint NOT NULL, last bytea NOT NULL, done boolean NOT NULL)`,
			fmt.Sprintf(`UPDATE countersign SET version = %d`, movingVersion),
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO moving (fingerprint) VALUES ($1)`, mark)
		return err
	})
}

// fingerprint tells the file, as it is now, from others and from what it was before: whatever a
// process does leaves a trace in one of these.
func (m *mover) fingerprint(ctx context.Context) (string, error) {
	h := sha256.New()
	for _, query := range []string{
		`SELECT coalesce(group_concat(name || hex(value)), '') FROM secrets`,
		`SELECT count(*) || ' ' || coalesce(sum(revision), 0) || ' ' || coalesce(max(id), 0) FROM executions`,
		`SELECT coalesce(max(id), 0) FROM history_events`,
		`SELECT count(*) || ' ' || coalesce(sum(updated_at), 0) FROM orders`,
		`SELECT coalesce(max(id), 0) FROM audit_entries`,
		`SELECT count(*) || ' ' || coalesce(sum(created_at), 0) || ' ' || coalesce(sum(signed_in_at), 0) FROM people`,
	} {
		var text string
		if err := m.file.QueryRowContext(ctx, query).Scan(&text); err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%d %s\n", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// finish lets the new database be used.
func (m *mover) finish(ctx context.Context) error {
	return pgx.BeginFunc(ctx, m.target, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`DROP TABLE moving`, `DROP TABLE moving_tables`, fmt.Sprintf(`UPDATE countersign SET version = %d`, schemaVersion),
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// A file that was moved says so in a table of its own, which is not moved; earlier versions take
// it for one of a newer version.
func markMoved(ctx context.Context, path, to string) error {
	db, err := openSQLite(ctx, path, 1, writerPragmas)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`CREATE TABLE IF NOT EXISTS _moved (place text NOT NULL)`,
		`INSERT INTO _moved (place) VALUES (?)`,
		fmt.Sprintf(`PRAGMA user_version = %d`, movingVersion),
	} {
		args := []any{to}[:strings.Count(statement, "?")]
		if _, err := db.ExecContext(ctx, statement, args...); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	return db.Close()
}

// checkMoved refuses a file whose executions go on elsewhere.
func (s *Store) checkMoved(ctx context.Context, path string, pool *sql.DB) error {
	if s.moving {
		return nil
	}
	to, err := movedTo(ctx, pool)
	if err != nil || to == "" {
		return err
	}
	return openError(OpenMoved, path, nil, "%s was moved to %s, where its executions go on; start with that database, "+
		"or restore a backup that was made before", path, to)
}

// checkElsewhere refuses to move a file to a second database: what was interrupted last goes on
// where it was begun alone.
func (m *mover) checkElsewhere(ctx context.Context, path string) error {
	to, err := movedTo(ctx, m.file)
	m.marked = to != ""
	if err != nil || to == "" || to == m.at {
		return err
	}
	return openError(OpenMoved, path, nil, "%s was moved to %s, where its executions go on; name that database if the move was interrupted, "+
		"or restore a backup that was made before", path, to)
}

// movedTo is where a file was moved to, or empty.
func movedTo(ctx context.Context, file *sql.DB) (place string, err error) {
	err = file.QueryRowContext(ctx, `SELECT name FROM sqlite_schema WHERE name = '_moved'`).Scan(&place)
	if err == nil {
		err = file.QueryRowContext(ctx, `SELECT place FROM _moved ORDER BY rowid DESC`).Scan(&place)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return place, err
}
