package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/mattn/go-sqlite3"
)

// ErrDamaged: SQLite found what it cannot make sense of in the database's file. Nothing more is
// written to it, lest somebody trusts what the backup that takes its place does not have.
var ErrDamaged = errors.New("the database's file is damaged")

// restoreAdvice is what to do about a damaged file.
const restoreAdvice = `restore a backup: see "Backup and restore" in the README`

// damage remembers that the file was found to be damaged, by whichever statement came across it.
// Only the next process, on another file, is rid of it.
type damage struct {
	is atomic.Pointer[error]

	mu   sync.Mutex
	log  *slog.Logger // guarded by mu; nil while whoever opens the file is told
	path string       // guarded by mu
}

// found is nil for as long as nobody has come across anything.
func (d *damage) found() error {
	if first := d.is.Load(); first != nil {
		return *first
	}
	return nil
}

// seen passes an error of SQLite's on, and notes it if it means that the file is damaged.
func (d *damage) seen(err error) error {
	if err == nil {
		return nil
	}
	var lite sqlite3.Error
	if !errors.As(err, &lite) || lite.Code != sqlite3.ErrCorrupt && lite.Code != sqlite3.ErrNotADB || errors.Is(err, ErrDamaged) {
		return err
	}
	err = fmt.Errorf("%w: %w", ErrDamaged, err)
	if d != nil && d.is.CompareAndSwap(nil, &err) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.tell(err)
	}
	return err
}

// tellTo is for when the database is open: from now on damage is told in the log, once. It
// returns what was found until then.
func (d *damage) tellTo(log *slog.Logger, path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.found(); err != nil {
		return err
	}
	d.log, d.path = log, path
	return nil
}

func (d *damage) tell(err error) {
	if d.log != nil {
		d.log.Error(d.path+" is damaged; nothing more is written to it: stop Countersign and "+restoreAdvice, "error", err)
	}
}

func (s settings) watchedBy(d *damage) settings {
	s.watch = d
	return s
}

// watchedConn, and what comes of it, tells of a damaged file.
type watchedConn struct {
	*sqlite3.SQLiteConn
	watch *damage
}

func (c watchedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.SQLiteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, c.watch.seen(err)
	}
	return watchedStmt{s.(*sqlite3.SQLiteStmt), c.watch}, nil
}

func (c watchedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.SQLiteConn.ExecContext(ctx, query, args)
	return result, c.watch.seen(err)
}

func (c watchedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.SQLiteConn.QueryContext(ctx, query, args)
	return watched(rows, err, c.watch)
}

func (c watchedConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.SQLiteConn.BeginTx(ctx, options)
	return tx, c.watch.seen(err)
}

type watchedStmt struct {
	*sqlite3.SQLiteStmt
	watch *damage
}

func (s watchedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.SQLiteStmt.ExecContext(ctx, args)
	return result, s.watch.seen(err)
}

func (s watchedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.SQLiteStmt.QueryContext(ctx, args)
	return watched(rows, err, s.watch)
}

type watchedRows struct {
	*sqlite3.SQLiteRows
	watch *damage
}

func watched(rows driver.Rows, err error, watch *damage) (driver.Rows, error) {
	if err != nil {
		return nil, watch.seen(err)
	}
	return watchedRows{rows.(*sqlite3.SQLiteRows), watch}, nil
}

func (r watchedRows) Next(dest []driver.Value) error { return r.watch.seen(r.SQLiteRows.Next(dest)) }
