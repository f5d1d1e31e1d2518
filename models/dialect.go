package models

import (
	"strconv"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// dialect is the seam between databases: whatever is spelt differently from one
// to the other is asked of it. Migrations and hand-written SQL keep to what SQLite
// and PostgreSQL share (text, bigint, ON CONFLICT, RETURNING, partial indexes, ?
// for parameters, which GORM or the connection renumbers) and leave the rest to it.
type dialect interface {
	// gorm is GORM's driver over connections that are already open.
	gorm(pool gorm.ConnPool) gorm.Dialector
	// ddl adapts a statement of a migration, written for SQLite.
	ddl(statement string) string
	// version is the schema version that the database is marked with, 0 for a new one.
	version(db *gorm.DB) (int, error)
	setVersion(db *gorm.DB, version int) error
	// strict says that a program does not use a database which has seen migrations that
	// it does not know; otherwise schemaVersion alone decides, so that replicas of two
	// versions can work side by side while an installation is upgraded.
	strict() bool
	// among is a condition: column is one of the ids in the parameter that idList makes.
	among(column string) string
	idList(ids []int64) any
	// claiming ends a query for rows to be taken, so that nobody else takes them meanwhile.
	claiming() string
	// locking ends a query for rows to be changed, when somebody who is changing them is waited for.
	locking() string
}

// dialectOf is the dialect of the database that db is connected to.
func dialectOf(db *gorm.DB) dialect {
	switch name := db.Dialector.Name(); name {
	case "sqlite":
		return sqliteDialect{}
	case "postgres":
		return postgresDialect{}
	default:
		panic("no dialect for " + name)
	}
}

type sqliteDialect struct{}

func (sqliteDialect) gorm(pool gorm.ConnPool) gorm.Dialector {
	return sqlite.New(sqlite.Config{Conn: pool})
}

func (sqliteDialect) ddl(statement string) string { return statement }

func (sqliteDialect) version(db *gorm.DB) (version int, err error) {
	err = db.Raw("PRAGMA user_version").Scan(&version).Error
	return version, err
}

func (sqliteDialect) setVersion(db *gorm.DB, version int) error {
	return db.Exec("PRAGMA user_version = " + strconv.Itoa(version)).Error
}

func (sqliteDialect) strict() bool { return true }

// One parameter however many ids there are, so that there is one prepared statement.
func (sqliteDialect) among(column string) string {
	return column + " IN (SELECT value FROM json_each(?))"
}

func (sqliteDialect) idList(ids []int64) any { return list('[', ids, ']') }

func (sqliteDialect) claiming() string { return "" } // only one process writes, and one goroutine in it

func (sqliteDialect) locking() string { return "" }

// list writes ids between brackets.
func list(open byte, ids []int64, end byte) string {
	text := []byte{open}
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, id, 10)
	}
	return string(append(text, end))
}
