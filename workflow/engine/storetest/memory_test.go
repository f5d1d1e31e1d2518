package storetest_test

import (
	"testing"

	"countersign/workflow"
	"countersign/workflow/engine/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Fixture {
		m := storetest.NewMemory()
		return storetest.Fixture{
			Store:   m,
			MapRuns: m,
			Effect:  func(mark string) workflow.Effect { return storetest.Mark(mark) },
			Marked:  m.Marked,
		}
	})
}
