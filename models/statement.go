package models

import (
	"context"
	"database/sql"
	"strings"

	"gorm.io/gorm"
)

// exec, queryRow and queryRows go past GORM's statement builder, to the connection below it:
// for the few statements that every commit performs.
func exec(tx *gorm.DB, query string, args ...any) (rows int64, err error) {
	result, err := tx.Statement.ConnPool.ExecContext(context.Background(), query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func queryRow(tx *gorm.DB, query string, args ...any) *sql.Row {
	return tx.Statement.ConnPool.QueryRowContext(context.Background(), query, args...)
}

func queryRows(tx *gorm.DB, query string, args ...any) (*sql.Rows, error) {
	return tx.Statement.ConnPool.QueryContext(context.Background(), query, args...)
}

// readRow and readRows go past GORM for the few reads that every order makes. In a file a
// row is found before anybody could give it up; to watch for that would cost a goroutine.
func (s *Store) readRow(ctx context.Context, query string, args ...any) *sql.Row {
	return s.reader.Statement.ConnPool.QueryRowContext(s.brief(ctx), query, args...)
}

func (s *Store) readRows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.reader.Statement.ConnPool.QueryContext(s.brief(ctx), query, args...)
}

// lookUp is readRows for what gatherers look up by keys.
func (s *Store) lookUp(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.exclusive {
		return s.readRows(ctx, query, args...)
	}
	return s.lookups.QueryContext(ctx, query, args...)
}

func (s *Store) brief(ctx context.Context) context.Context {
	if s.exclusive {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// marks is a list of so many parameters, for IN.
func marks(n int) string {
	if n == 0 {
		return "(NULL)" // which nothing is in
	}
	return "(?" + strings.Repeat(", ?", n-1) + ")"
}
