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
	return s.write(ctx, topics, func(tx *gorm.DB) error { return applyEffects(tx, own) })
}
