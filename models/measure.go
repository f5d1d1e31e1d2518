package models

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"gorm.io/gorm"
)

// Fresh refuses a database that holds something already.
func Fresh(ctx context.Context, url string) error {
	if isPostgres(url) {
		return freshPostgres(ctx, url)
	}
	path, err := usablePath(url)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return openError(OpenInUse, path, nil, "%s holds data; name a file that does not exist yet", path)
	}
	return nil
}

// freshPostgres looks for tables where ours would be.
func freshPostgres(ctx context.Context, url string) error {
	config, err := postgresConfig(url)
	if err != nil {
		return err
	}
	at := placeOf(config)
	pool := openPool(config, 1, nil)
	defer pool.Close()
	var tables int
	if err := pool.QueryRowContext(ctx, `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()`).Scan(&tables); err != nil {
		return unusablePostgres(at, config.Database, err)
	}
	if tables > 0 {
		return openError(OpenInUse, at, nil, "%s holds data; name an empty one, made with CREATE DATABASE", at)
	}
	return nil
}

// described are what bears on the cost of a commit: a query each that answers with one value.
var described = map[string]struct {
	name, version string
	settings      map[string]string
}{
	"sqlite": {"SQLite", "SELECT sqlite_version()", settingsBy("PRAGMA ",
		"journal_mode", "synchronous", "wal_autocheckpoint", "page_size", "cache_size", "mmap_size", "temp_store")},
	"postgres": {"PostgreSQL", "SHOW server_version", settingsBy("SHOW ",
		"fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers", "max_wal_size", "max_connections")},
}

func settingsBy(command string, names ...string) map[string]string {
	queries := make(map[string]string)
	for _, name := range names {
		queries[name] = command + name
	}
	return queries
}

// Describe names the database, and the settings of the connection that writes.
func (s *Store) Describe(ctx context.Context) (name string, settings map[string]string, err error) {
	what := described[s.reader.Dialector.Name()]
	settings = make(map[string]string)
	err = s.write(ctx, nil, func(tx *gorm.DB) error {
		var version string
		if err := queryRow(tx, what.version).Scan(&version); err != nil {
			return err
		}
		name = what.name + " " + version
		for setting, query := range what.settings {
			var value string
			if err := queryRow(tx, query).Scan(&value); err != nil {
				return fmt.Errorf("%s: %w", query, err)
			}
			settings[setting] = value
		}
		return nil
	})
	return name, settings, err
}

// Size is how many bytes the database takes, what is only in the log included.
func (s *Store) Size(ctx context.Context) (bytes int64, err error) {
	query := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if s.reader.Dialector.Name() != "sqlite" {
		query = `SELECT pg_database_size(current_database())`
	}
	err = s.read(ctx).Raw(query).Row().Scan(&bytes)
	return bytes, err
}

// Commits is how many transactions the writer has committed.
func (s *Store) Commits() int64 {
	n := s.writer.commits.Load()
	if s.free != nil {
		n += s.free.commits.Load()
	}
	return n
}

// Checkpoints is how often SQLite has carried its log over into the file and begun it anew;
// -1 of another database.
func (s *Store) Checkpoints(ctx context.Context) (int64, error) {
	if s.reader.Dialector.Name() != "sqlite" {
		return -1, nil
	}
	var path string
	if err := s.read(ctx).Raw(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Row().Scan(&path); err != nil {
		return -1, err
	}
	log, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return -1, err
	}
	defer log.Close()
	header := make([]byte, 16) // https://www.sqlite.org/fileformat.html#the_write_ahead_log
	if _, err := io.ReadFull(log, header); errors.Is(err, io.EOF) {
		return 0, nil // nothing has been logged
	} else if err != nil {
		return -1, err
	}
	return int64(binary.BigEndian.Uint32(header[12:])), nil
}

// columns are the columns of a table.
func columns(db *gorm.DB, table string) ([]string, error) {
	rows, err := db.Raw(`SELECT * FROM ` + table + ` WHERE 1 = 0`).Rows()
	if err != nil {
		return nil, fmt.Errorf("columns of %s: %w", table, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	return names, errors.Join(err, rows.Close())
}

// copying is a statement that copies rows of a table, with expressions in place of some
// columns; those of an empty expression are left to the database.
func copying(table string, names []string, instead map[string]string) (into, from string) {
	var columns, values []string
	for _, name := range names {
		value, other := instead[name]
		if !other {
			value = "t." + name
		}
		if value != "" {
			columns, values = append(columns, name), append(values, value)
		}
	}
	return `INSERT INTO ` + table + ` (` + strings.Join(columns, ", ") + `) `, strings.Join(values, ", ")
}
