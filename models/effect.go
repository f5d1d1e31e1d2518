package models

import (
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// effect is the store's own workflow.Effect. It runs inside the savepoint of the
// commit it belongs to; apply returns workflow.ErrEffectRefused when its condition
// does not hold, which undoes that whole commit. It must not keep tx.
type effect struct {
	name   string
	topics []string // published when the commit is on disk
	needs  locks    // taken before the commit it belongs to
	apply  func(tx *gorm.DB) error
	rows   func() []bulkRow // nil, or what apply writes when its condition holds, for PostgreSQL
	after  func(err error)  // nil, or told how the commit has ended before anybody else is
}

var _ workflow.Effect = effect{}

// EffectName says what the effect does.
func (e effect) EffectName() string { return e.name }

// ownEffects are effects as this package made them; another's cannot be applied.
func ownEffects(effects []workflow.Effect) ([]effect, error) {
	if len(effects) == 0 {
		return nil, nil
	}
	own := make([]effect, len(effects))
	for i, e := range effects {
		o, ok := e.(effect)
		if !ok {
			return nil, fmt.Errorf("effect %s (%T) was not made by this store", e.EffectName(), e)
		}
		own[i] = o
	}
	return own, nil
}

// afterEffects tells them how their commit has ended.
func afterEffects(effects []effect, err error) {
	for _, e := range effects {
		if e.after != nil {
			e.after(err)
		}
	}
}

func needsOf(effects []effect) (needs locks) {
	for _, e := range effects {
		needs |= e.needs
	}
	return needs
}

// effectRows is what the effects write when nothing is refused; ok is false when one of them
// cannot tell.
func effectRows(effects []effect) (rows []bulkRow, ok bool) {
	for _, e := range effects {
		if e.rows == nil {
			return nil, false
		}
		rows = append(rows, e.rows()...)
	}
	return rows, true
}

// applyEffects applies them in order and stops at the first that is refused.
func applyEffects(tx *gorm.DB, effects []effect) error {
	for _, e := range effects {
		if err := e.apply(tx); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return nil
}
