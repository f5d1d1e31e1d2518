package models

import (
	"context"
	"errors"
	"testing"

	"countersign/workflow"
)

func TestWhatAMachineStandsForIsNeverOld(t *testing.T) {
	s, ctx := openTest(t), context.Background()
	arn := workflow.StateMachineARN("M")
	for version, text := range []string{"one", "two", "three"} {
		if _, err := s.PutDefinition(ctx, "M", []byte(text)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			d, err := s.Resolve(ctx, arn, 0)
			if err != nil || d.Version != int64(version)+1 {
				t.Errorf("after %q it stands for version %d, %v", text, d.Version, err)
			}
		}
	}
	if err := s.DeleteStateMachine(ctx, "M"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(ctx, arn, 0); !errors.Is(err, workflow.ErrDeleting) {
		t.Errorf("while it is deleted: %v", err)
	}
	if err := s.FinishDeletions(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(ctx, arn, 0); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("once it is gone: %v", err)
	}
}
