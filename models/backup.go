package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// Any process may read while another one writes. The copy has no write-ahead log, so that it
// is one file, wherever it is kept.
var (
	originalPragmas = settings{dsn: "_busy_timeout=5000&_query_only=1"}
	copyPragmas     = settings{dsn: "_synchronous=OFF", pragmas: []string{"locking_mode=EXCLUSIVE"}} // made durable in the end, all at once
)

// pagesAtOnce is how much is copied between two looks at the context.
const pagesAtOnce = 2048

// CopyDatabase copies one moment of the SQLite database at from, which a process may be using
// meanwhile, to a new file, and returns when that is on disk. Nothing is changed in the
// original. It is for as long as the copy takes that the original's write-ahead log grows.
func CopyDatabase(ctx context.Context, from, to string) error {
	from, err := readablePath(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	defer f.Close()
	if err := copySQLite(ctx, from, to); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return nil
}

func copySQLite(ctx context.Context, from, to string) (err error) {
	with := originalPragmas
	if !canWrite(from) {
		with.mode = "ro"
	}
	original, err := openSQLite(ctx, from, 1, with)
	if err != nil {
		return unusable(from, err)
	}
	defer original.Close()
	target, err := openSQLite(ctx, to, 1, copyPragmas)
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	defer func() {
		if closed := target.Close(); err == nil {
			err = closed
		}
	}()
	if err := onConnections(ctx, original, target, func(from, to *sqlite3.SQLiteConn) error { return copyPages(ctx, from, to) }); err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	_, err = target.ExecContext(ctx, "PRAGMA journal_mode=DELETE")
	return err
}

// onConnections calls do with the driver's connections. The first one has begun to read, so
// that all it reads is of one moment.
func onConnections(ctx context.Context, a, b *sql.DB, do func(a, b *sqlite3.SQLiteConn) error) error {
	var conns [2]*sql.Conn
	for i, pool := range []*sql.DB{a, b} {
		conn, err := pool.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		conns[i] = conn
	}
	for _, begin := range []string{"BEGIN", "SELECT count(*) FROM sqlite_schema"} {
		if _, err := conns[0].ExecContext(ctx, begin); err != nil {
			return err
		}
	}
	defer conns[0].ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return conns[0].Raw(func(a any) error {
		return conns[1].Raw(func(b any) error { return do(a.(*sqlite3.SQLiteConn), b.(*sqlite3.SQLiteConn)) })
	})
}

func copyPages(ctx context.Context, from, to *sqlite3.SQLiteConn) error {
	backup, err := to.Backup("main", from, "main")
	if err != nil {
		return err
	}
	for done := false; !done && err == nil; {
		if err = ctx.Err(); err == nil {
			done, err = backup.Step(pagesAtOnce)
		}
	}
	return errors.Join(err, backup.Finish())
}

// canWrite: the last reader of a database tidies up behind a process that was killed, if it may.
func canWrite(path string) bool {
	info, err := os.Stat(path)
	return err == nil && writable(path, info) == nil
}

// readablePath checks that there is a database of ours at a path, which need not be writable.
func readablePath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", unusable(path, err)
	}
	path = resolved(path)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", openError(OpenUnreachable, path, err, "%s does not exist", path)
	case err != nil:
		return "", unusable(path, err)
	case !info.Mode().IsRegular():
		return "", openError(OpenNotDatabase, path, nil, "%s is not a file", path)
	case info.Size() == 0:
		return "", openError(OpenNotDatabase, path, nil, "%s is empty", path)
	}
	return path, checkHeader(path, info.Size())
}
