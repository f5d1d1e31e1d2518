package models

import (
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// dialect is the seam between databases: whatever is spelt differently from one
// to the other is asked of it. Migrations and hand-written SQL keep to what SQLite
// and PostgreSQL share (text, bigint, ON CONFLICT, RETURNING, partial indexes, ?
// for parameters, which GORM renumbers) and leave the rest to it.
type dialect interface {
	// gorm is GORM's driver over connections that are already open.
	gorm(pool gorm.ConnPool) gorm.Dialector
	// ddl adapts a statement of a migration, written for SQLite.
	ddl(statement string) string
	// among is a condition: column is one of the ids in the parameter that idList makes.
	among(column string) string
	idList(ids []int64) any
}

type sqliteDialect struct{}

func (sqliteDialect) gorm(pool gorm.ConnPool) gorm.Dialector {
	return sqlite.New(sqlite.Config{Conn: pool})
}
func (sqliteDialect) ddl(statement string) string { return statement }

// One parameter however many ids there are, so that there is one prepared statement.
func (sqliteDialect) among(column string) string {
	return column + " IN (SELECT value FROM json_each(?))"
}

func (sqliteDialect) idList(ids []int64) any { return string(appendIDs(nil, ids)) }
