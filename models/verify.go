package models

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

// Findings are what Verify found in a database.
type Findings struct {
	Orders, Executions, Events int64
	Problems                   []string // in sentences; none when all is well
}

// Verify checks an SQLite database that no process uses, without changing it: the file itself,
// what its rows refer to, the books, and every history. One of an earlier release it brings up to
// date in a copy beside it, which it removes again. A file that is damaged is not looked into
// further.
func Verify(ctx context.Context, path string) (Findings, error) {
	path, err := readablePath(path)
	if err != nil {
		return Findings{}, err
	}
	pool, err := openSQLite(ctx, path, 2, settings{mode: "ro", dsn: "_query_only=1&_cache_size=-65536"})
	if err != nil {
		return Findings{}, unusable(path, err)
	}
	defer pool.Close()
	s := &Store{dialect: sqliteDialect{}, now: time.Now, exclusive: true}
	if s.reader, err = s.gorm(pool); err != nil {
		return Findings{}, err
	}
	found, err := s.verify(ctx, path)
	if damage := (sqlite3.Error{}); errors.As(err, &damage) {
		err = unusable(path, err)
	}
	return found, err
}

func (s *Store) verify(ctx context.Context, path string) (found Findings, err error) {
	if found.Problems, err = fileProblems(s.read(ctx), path); err != nil || len(found.Problems) > 0 {
		return found, err
	}
	for count, query := range map[*int64]string{
		&found.Orders:     `SELECT count(*) FROM orders`,
		&found.Executions: `SELECT count(*) FROM executions`,
		&found.Events:     `SELECT coalesce(sum(last_event_id), 0) FROM executions`,
	} {
		if err := s.read(ctx).Raw(query).Row().Scan(count); err != nil {
			return found, fmt.Errorf("verify: %w", err)
		}
	}
	var seen int
	if err := s.read(ctx).Raw(`SELECT count(*) FROM migrations`).Row().Scan(&seen); err != nil {
		return found, fmt.Errorf("verify: %w", err)
	}
	switch {
	case seen > len(migrations):
		err = unusable(path, errNewerDatabase)
	case seen == len(migrations):
		found.Problems, err = s.check(ctx)
	default:
		found.Problems, err = checkUpToDate(ctx, path)
	}
	return found, err
}

func (s *Store) check(ctx context.Context) ([]string, error) {
	books, err := s.CheckBooks(ctx)
	if err != nil {
		return nil, err
	}
	histories, err := s.CheckHistories(ctx)
	return append(books, histories...), err
}

// checkUpToDate checks a copy that has the tables of this program.
func checkUpToDate(ctx context.Context, path string) (problems []string, err error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+"-check-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	copied := filepath.Join(dir, "copy.db")
	if err := CopyDatabase(ctx, path, copied); err != nil {
		return nil, err
	}
	s, err := Open(ctx, Options{URL: copied, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.check(ctx)
}

// CheckFile says in sentences which references of the file lead nowhere. A file that is damaged is
// an *OpenError. Of a server nothing is looked at.
func (s *Store) CheckFile(ctx context.Context) ([]string, error) {
	if _, file := s.dialect.(sqliteDialect); !file {
		return nil, nil
	}
	problems, err := fileProblems(s.read(ctx), s.damage.path)
	if err != nil {
		err = unusable(s.damage.path, err)
	}
	return problems, err
}

// fileProblems are references to rows that are not there. A damaged file is an error.
func fileProblems(db *gorm.DB, path string) (problems []string, err error) {
	var damages []string
	if err := db.Raw(`PRAGMA integrity_check`).Scan(&damages).Error; err != nil {
		return nil, fmt.Errorf("verify the file: %w", err)
	}
	if all := strings.Join(damages, "; "); all != "ok" {
		return nil, openError(OpenNotDatabase, path, nil, "%s is damaged (%s); %s", path, beginning(strings.Join(strings.Fields(all), " ")), restoreAdvice)
	}
	var lost []struct{ Table, Parent string }
	if err := db.Raw(`SELECT DISTINCT "table", parent FROM pragma_foreign_key_check`).Scan(&lost).Error; err != nil {
		return nil, fmt.Errorf("verify references: %w", err)
	}
	for _, l := range lost {
		problems = append(problems, fmt.Sprintf("Rows of %s refer to rows of %s that are not there.", l.Table, l.Parent))
	}
	return problems, nil
}

// beginning is as much of a long text as a sentence has room for.
func beginning(text string) string {
	const room = 200
	if len(text) <= room {
		return text
	}
	return strings.ToValidUTF8(text[:room], "") + " …"
}
