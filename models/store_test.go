package models

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

var _ engine.Store = (*Store)(nil)

func TestStoreContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Fixture {
		s := openMarked(t)
		return storetest.Fixture{
			Store:   s,
			MapRuns: s,
			Effect:  markEffect,
			Marked:  func(mark string) bool { return marked(t, s, mark) },
		}
	})
}

// openMarked opens a store with a table for marks, which stand for local effects.
func openMarked(t testing.TB) *Store {
	t.Helper()
	s := openTest(t)
	err := s.write(context.Background(), nil, func(tx *gorm.DB) error {
		return tx.Exec(`CREATE TABLE marks (mark text PRIMARY KEY)`).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func putMark(tx *gorm.DB, mark string) error {
	done := tx.Exec(`INSERT INTO marks (mark) VALUES (?) ON CONFLICT DO NOTHING`, mark)
	if done.Error == nil && done.RowsAffected == 0 {
		return workflow.ErrEffectRefused
	}
	return done.Error
}

func markEffect(mark string) workflow.Effect {
	return effect{name: "mark " + mark, topics: []string{"mark:" + mark}, apply: func(tx *gorm.DB) error {
		return putMark(tx, mark)
	}}
}

func marked(t testing.TB, s *Store, mark string) bool {
	t.Helper()
	var n int64
	if err := s.read(context.Background()).Raw(`SELECT count(*) FROM marks WHERE mark = ?`, mark).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n == 1
}
