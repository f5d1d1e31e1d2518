package models

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strconv"

	"github.com/mattn/go-sqlite3"
)

// settings are what a pool of SQLite connections is opened with.
type settings struct {
	mode    string   // rw when absent
	dsn     string   // parameters of the driver
	pragmas []string // what the driver has no parameter for
	watch   *damage  // what is told of a damaged file; may be nil
}

var (
	// A new file gets its mark before it has a write-ahead log, so that the mark is
	// in the file itself whatever happens next. Whether it can shrink is settled even before.
	markPragmas = settings{pragmas: []string{shrinkable, "application_id=" + strconv.Itoa(applicationID)}}

	// The driver's own default for a write-ahead log is synchronous=NORMAL, which
	// loses acknowledged writes in a power cut.
	writerPragmas = settings{
		dsn: "_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1&_busy_timeout=5000&_txlock=immediate" +
			"&_cache_size=-32768&_stmt_cache_size=256",
		// While a backup reads, the log grows beyond that, and shrinks again when it begins anew.
		pragmas: []string{"temp_store=MEMORY", "wal_autocheckpoint=8000", "journal_size_limit=134217728"},
	}
	readerPragmas = settings{
		dsn:     "_synchronous=FULL&_foreign_keys=1&_busy_timeout=5000&_query_only=1&_cache_size=-8192&_stmt_cache_size=128",
		pragmas: []string{"temp_store=MEMORY"},
	}
)

// shrinkable: what is free in the file can be given back while it is in use. Countersign's bench
// has not seen what that costs.
const shrinkable = "auto_vacuum=INCREMENTAL"

func readerCount() int { return 2 * runtime.GOMAXPROCS(0) }

// openSQLite opens a pool of up to size connections to an existing file and keeps them.
func openSQLite(ctx context.Context, path string, size int, with settings) (*sql.DB, error) {
	file := url.URL{Path: path}
	c := connector{
		dsn: "file:" + file.EscapedPath() + "?mode=" + cmp.Or(with.mode, "rw") + "&" + with.dsn,
		driver: &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
			for _, pragma := range with.pragmas {
				if _, err := c.Exec("PRAGMA "+pragma, nil); err != nil {
					return fmt.Errorf("PRAGMA %s: %w", pragma, err)
				}
			}
			return nil
		}},
		watch: with.watch,
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// newDatabase turns an empty file into a database of ours.
func newDatabase(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() > 0 {
		return err
	}
	db, err := openSQLite(ctx, path, 1, markPragmas)
	if err != nil {
		return err
	}
	return db.Close()
}

// checkDurable makes sure that a connection keeps what it acknowledges: a file
// system without shared memory cannot have a write-ahead log, and SQLite goes on
// without one unasked.
func checkDurable(ctx context.Context, conn *sql.Conn) error {
	for _, want := range []struct{ pragma, value string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"},
	} {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+want.pragma).Scan(&got); err != nil {
			return err
		}
		if got != want.value {
			return fmt.Errorf("SQLite has %s=%s where it should have %s", want.pragma, got, want.value)
		}
	}
	return nil
}

type connector struct {
	dsn    string
	driver *sqlite3.SQLiteDriver
	watch  *damage
}

func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil || c.watch == nil {
		return conn, c.watch.seen(err)
	}
	return watchedConn{conn.(*sqlite3.SQLiteConn), c.watch}, nil
}

func (c connector) Driver() driver.Driver { return c.driver }
