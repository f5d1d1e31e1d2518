package models

import (
	"context"
	"testing"
)

// A check beside processes that go on finds nothing wrong where nothing is.
func TestHistoriesAreCheckedWhileTheyGrow(t *testing.T) {
	s := openTest(t)
	c := newCommit(1, "busy")
	mustCommit(t, s, c)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		for ctx.Err() == nil {
			c = nextCommit(c, 2)
			if err := s.Commit(context.WithoutCancel(ctx), c); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 50 {
		if wrong, err := s.CheckHistories(t.Context()); err != nil || len(wrong) > 0 {
			t.Error(wrong, err)
			break
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestUnreadableHistoryIsFound(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, closes(1, 2)...)
	mustCommit(t, s, closes(2, 2)...)
	mustCommit(t, s, closes(3, 2)...)
	corrupt(t, s, `DROP TRIGGER history_events_append_only; UPDATE history_events SET events = '[{' WHERE execution_id = 1 AND last_id > 1;
		DELETE FROM history_events WHERE execution_id = 2;
		UPDATE history_events SET events = '[{"id":2,"details":{"same":{"input":"1.output"}}}]' WHERE execution_id = 3 AND last_id > 1`)
	wrong, err := s.CheckHistories(t.Context())
	if err != nil || len(wrong) != 3 {
		t.Errorf("%q, %v", wrong, err)
	}
}
