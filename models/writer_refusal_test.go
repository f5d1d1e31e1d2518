package models

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"

	"countersign/workflow"
)

// What a write was refused for may have been written by another of the same group, and be gone
// with it: nobody is told that something stands which does not.
func TestARefusalFallsWithItsGroup(t *testing.T) {
	s := openMarked(t)
	err := s.write(context.Background(), nil, func(tx *gorm.DB) error {
		return tx.Exec(`CREATE TABLE child (mark text REFERENCES marks (mark) DEFERRABLE INITIALLY DEFERRED)`).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	errs := writeAll(t, s,
		func(tx *gorm.DB) error { return putMark(tx, "a") },
		func(tx *gorm.DB) error { return putMark(tx, "a") },
		func(tx *gorm.DB) error { return tx.Exec(`INSERT INTO child VALUES ('nobody')`).Error }) // fails at the commit
	if marked(t, s, "a") {
		t.Fatal("the group was committed")
	}
	for i, err := range errs {
		if err == nil || errors.Is(err, workflow.ErrEffectRefused) {
			t.Errorf("write %d: %v", i, err)
		}
	}
}

// A write whose refusal could not be undone says why to itself alone.
func TestAnothersRefusalIsNobodyElses(t *testing.T) {
	s := openMarked(t)
	errs := writeAll(t, s,
		marking("before", nil),
		func(tx *gorm.DB) error {
			_ = tx.Exec("ROLLBACK") // as SQLite does by itself when the disk is full
			return workflow.ErrExists
		},
		marking("after", nil))
	for _, i := range []int{0, 2} {
		if errs[i] == nil || errors.Is(errs[i], workflow.ErrExists) || !errors.Is(errs[i], ErrUnwritable) {
			t.Errorf("write %d: %v", i, errs[i])
		}
	}
}
