package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

// ErrUnwritable: the database takes no writes at the moment, because its disk is full,
// another program has locked it, its file is gone or its server does not answer. Nothing
// was changed.
var ErrUnwritable = errors.New("the database cannot be written")

// ErrUncertain: the connection was lost before the database could say whether a change is on
// disk. Whoever looks again finds out.
var ErrUncertain = errUncertain

// Unavailable says that a failure to read is not the question's fault: the database does not
// answer, or not now.
func Unavailable(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) && besideTheStatement(lite.Code) || unwritablePostgres(err)
}

// unwritable adds ErrUnwritable to what SQLite says when it is not the statement's fault.
func unwritable(err error) error {
	var lite sqlite3.Error
	if errors.Is(err, errGroupLost) || errors.As(err, &lite) && besideTheStatement(lite.Code) || unwritablePostgres(err) {
		return fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	return err
}

func besideTheStatement(code sqlite3.ErrNo) bool {
	switch code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrReadonly, sqlite3.ErrPerm,
		sqlite3.ErrCantOpen, sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return true
	}
	return false
}

// unwritablePostgres is what PostgreSQL, or nobody, says when it is not the statement's fault.
func unwritablePostgres(err error) bool {
	if errors.Is(err, errUncertain) {
		return false
	}
	var said *pgconn.PgError
	if !errors.As(err, &said) {
		return errors.Is(err, errNoConnection) || lostConnection(err)
	}
	switch class := said.Code[:min(2, len(said.Code))]; class { // a server that speaks the protocol may have no code
	case "08", "53", "57", "58": // connection, resources (a full disk, too many connections), intervention, system
		return true
	}
	switch said.Code {
	case "25006", "25P03", "40001", "40P01", "55P03": // read-only, idle too long, others in the way, a lock that is not to be had
		return true
	}
	return false
}

// databaseFile is the file that was opened, with its write-ahead log. A process goes on writing
// to files that have been deleted, and what it acknowledges then is gone when it ends.
type databaseFile struct {
	file, log openedFile
	looked    time.Time // when the log was last seen to be the one that was opened
}

// openedDatabase is for when the database has been written to, so that it has a log.
func openedDatabase(path string) (f databaseFile, err error) {
	if f.file, err = opened(path); err == nil {
		f.log, err = opened(path + "-wal")
	}
	return f, err
}

// check is nil while the names still lead to the files that were opened.
func (f *databaseFile) check() error {
	if f.file.gone() {
		return fmt.Errorf("%w: %s was deleted or replaced while in use; put it back or restore a backup, then restart", ErrUnwritable, f.file.path)
	}
	if f.logGone() { // the last to close the database moves what is in the log to the file, wherever the log is
		return fmt.Errorf("%w: %s was deleted or replaced while in use; stop Countersign with SIGTERM, which saves what was in it, then start again", ErrUnwritable, f.log.path)
	}
	return nil
}

// logGone notices at once that the log was deleted, and within a second that there is another:
// what a file system tells of a file that is being written costs as much as half a commit.
func (f *databaseFile) logGone() bool {
	now := time.Now()
	lately := now.Sub(f.looked) < time.Second
	switch {
	case !there(f.log.path), !lately && f.log.gone():
		f.looked = time.Time{}
		return true
	case !lately:
		f.looked = now
	}
	return false
}

type openedFile struct {
	path string
	info os.FileInfo
}

func opened(path string) (openedFile, error) {
	info, err := os.Stat(path)
	return openedFile{path, info}, err
}

func (f openedFile) gone() bool {
	info, err := os.Stat(f.path)
	return err != nil || !os.SameFile(info, f.info)
}

// fullFor is how long a server counts as full after it has refused a write for want of room:
// Ready's own write needs none.
const fullFor = 5 * time.Second

// noteFull remembers that PostgreSQL has no room.
func (s *Store) noteFull(err error) {
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Code == "53100" {
		s.fullAt.Store(s.now().UnixMilli())
	}
}

// Ready is nil when the database can be read and written. It writes what is there already: a
// transaction that writes nothing succeeds on a full disk too.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.damage.found(); err != nil {
		return err
	}
	var one int
	if err := s.read(ctx).Raw("SELECT 1").Scan(&one).Error; err != nil {
		return fmt.Errorf("the database does not answer: %w", unwritable(err))
	}
	if full := s.fullAt.Load(); full != 0 && s.now().Sub(time.UnixMilli(full)) < fullFor {
		return fmt.Errorf("%w: the disk of the server was full a moment ago", ErrUnwritable)
	}
	return s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE migrations SET id = id WHERE id = (SELECT min(id) FROM migrations)").Error
	})
}
