package models

import (
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// Page asks for a part of a list that has the newest first. The zero Page is the
// first part, of the default length.
type Page struct {
	Limit int    // 0: 50; never more than 1000
	After string // the cursor that came with the part before; a malformed one starts over
}

const (
	defaultLimit = 50
	maxLimit     = 1000
)

func (p Page) limit() int {
	switch {
	case p.Limit <= 0:
		return defaultLimit
	case p.Limit > maxLimit:
		return maxLimit
	}
	return p.Limit
}

// of orders by two columns, newest first, and asks for one row more than the page
// holds, from which cut learns whether there is a next one.
func (p Page) of(db *gorm.DB, at, id string) *gorm.DB {
	if moment, key, ok := strings.Cut(p.After, "_"); ok {
		if ms, err := strconv.ParseInt(moment, 10, 64); err == nil {
			db = db.Where("("+at+", "+id+") < (?, ?)", ms, key)
		}
	}
	return p.ordered(db, at, id)
}

// ofNumbers is of for an id that is a number.
func (p Page) ofNumbers(db *gorm.DB, at, id string) *gorm.DB {
	if _, key, ok := strings.Cut(p.After, "_"); ok {
		if _, err := strconv.ParseInt(key, 10, 64); err != nil {
			p.After = ""
		}
	}
	return p.of(db, at, id)
}

func (p Page) ordered(db *gorm.DB, at, id string) *gorm.DB {
	return db.Order(at + " DESC, " + id + " DESC").Limit(p.limit() + 1)
}

// cut drops the extra row and returns the cursor of the next part, empty at the end.
func cut[T any](rows []T, p Page, key func(T) (stamp, string)) ([]T, string) {
	if len(rows) <= p.limit() {
		return rows, ""
	}
	rows = rows[:p.limit()]
	at, id := key(rows[len(rows)-1])
	return rows, strconv.FormatInt(int64(at), 10) + "_" + id
}
