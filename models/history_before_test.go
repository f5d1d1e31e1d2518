package models

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

// Both ways through a history of commits of all sizes give the same events, page by page.
func TestHistoryIsReadBothWays(t *testing.T) {
	defer func(usual int64) { eventsPerRow = usual }(eventsPerRow)
	eventsPerRow = 16 // pages of one event read a whole row each
	s := openTest(t)
	c := newCommit(1, "long")
	mustCommit(t, s, c)
	for _, n := range []int64{1, eventsPerRow - 1, eventsPerRow, 3, 2*eventsPerRow + 5, 1} {
		c = nextCommit(c, int(n))
		mustCommit(t, s, c)
	}
	last := c.Events[len(c.Events)-1].ID
	var rows, longest int64
	err := s.read(t.Context()).Raw(`SELECT count(*), max(last_id - first_id + 1) FROM history_events WHERE execution_id = 1`).Row().Scan(&rows, &longest)
	if err != nil || rows != 1+1+1+1+1+3+1 || longest != eventsPerRow {
		t.Errorf("%d rows, the longest of %d events, %v", rows, longest, err)
	}
	all, err := s.History(t.Context(), 1, 0, 0)
	if err != nil || int64(len(all)) != last {
		t.Fatalf("%d events of %d, %v", len(all), last, err)
	}
	for _, size := range []int{1, 2, 10, int(eventsPerRow), 5000} {
		var backward []workflow.HistoryEvent
		for before := int64(0); ; {
			page, err := s.HistoryBefore(t.Context(), 1, before, size)
			if err != nil || len(page) > size {
				t.Fatalf("%d events on a page of %d, %v", len(page), size, err)
			}
			if len(page) == 0 {
				break
			}
			backward = append(backward, page...)
			before = page[len(page)-1].ID
		}
		slices.Reverse(backward)
		if diff := cmp.Diff(all, backward); diff != "" {
			t.Errorf("in pages of %d: %s", size, diff)
		}
	}
	if none, err := s.HistoryBefore(t.Context(), 7, 0, 10); err != nil || len(none) != 0 {
		t.Errorf("of no execution: %v, %v", none, err)
	}
}
