package models

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"
)

func pending(changed <-chan struct{}) bool {
	select {
	case <-changed:
		return true
	default:
		return false
	}
}

func TestSubscribersHearOfTheirTopics(t *testing.T) {
	var s Store
	changed, cancel := s.Subscribe("orders", "order:1")
	other, cancelOther := s.Subscribe("inbox")
	defer cancelOther()
	if pending(changed) {
		t.Error("heard something before anything happened")
	}
	for range 3 { // nobody listens meanwhile: publishing must not block, and it is one change
		s.hub.publish([]string{"order:1", "orders", "executions"})
	}
	if !pending(changed) || pending(changed) {
		t.Error("want exactly one change")
	}
	if pending(other) {
		t.Error("heard of a topic not subscribed to")
	}
	cancel()
	cancel()
	s.hub.publish([]string{"orders"})
	if pending(changed) {
		t.Error("heard something after cancelling")
	}
	if len(s.hub.topics) != 1 {
		t.Errorf("%d topics are kept, want 1", len(s.hub.topics))
	}
}

func TestTopicsArePublishedWhenCommitted(t *testing.T) {
	s := openMarked(t)
	ctx := context.Background()
	changed, cancel := s.Subscribe("marks")
	defer cancel()

	err := s.write(ctx, []string{"marks"}, func(tx *gorm.DB) error {
		if pending(changed) {
			t.Error("published before the commit")
		}
		return putMark(tx, "a")
	})
	if err != nil || !pending(changed) {
		t.Errorf("nothing was published: %v", err)
	}
	if err := s.write(ctx, []string{"marks"}, marking("b", errRefused)); !errors.Is(err, errRefused) || pending(changed) {
		t.Errorf("a failed write was published: %v", err)
	}
}

func TestCommitPublishesItsTopics(t *testing.T) {
	s := openMarked(t)
	for _, topic := range []string{"execution:7", TopicExecutions, "mark:x"} {
		changed, cancel := s.Subscribe(topic)
		defer cancel()
		defer func() {
			if !pending(changed) {
				t.Errorf("nothing was published under %s", topic)
			}
		}()
	}
	c := newCommit(7, "x")
	c.Effects = append(c.Effects, markEffect("x"))
	if err := s.Commit(context.Background(), c); err != nil {
		t.Error(err)
	}
}
