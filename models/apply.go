package models

import (
	"context"

	"gorm.io/gorm"

	"countersign/workflow"
)

// Apply commits effects in one transaction of their own, for a change that belongs
// to no history event, such as a wish to cancel that the next task will read.
// Errors: workflow.ErrEffectRefused, and then nothing was written.
func (s *Store) Apply(ctx context.Context, effects ...workflow.Effect) error {
	own, err := ownEffects(effects)
	if err != nil {
		return err
	}
	var topics []string
	for _, e := range own {
		topics = append(topics, e.topics...)
	}
	op := &write{needs: needsOf(own), effects: own, fn: func(tx *gorm.DB) error { return applyEffects(tx, own) }}
	if !s.exclusive {
		op.rows, _ = effectRows(own)
	}
	return s.enqueue(ctx, topics, op)
}

// insert performs a hand-written INSERT and says whether a row was added, which ON
// CONFLICT DO NOTHING may prevent. Effects use it and exec instead of GORM, which
// costs as much as SQLite does, because every order waits for the writer.
func insert(tx *gorm.DB, statement string, args ...any) (added bool, err error) {
	n, err := exec(tx, statement, args...)
	return n > 0, err
}
