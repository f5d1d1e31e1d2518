package models

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/workflow"
)

// Both ways through a history of commits of all sizes give the same events, page by page.
func TestHistoryIsReadBothWays(t *testing.T) {
	s := openTest(t)
	c := newCommit(1, "long")
	mustCommit(t, s, c)
	for _, n := range []int{1, eventsPerRow - 1, eventsPerRow, 3, 2*eventsPerRow + 5, 1} {
		c = nextCommit(c, n)
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
	page := func(before int64, size int) []workflow.HistoryEvent {
		page, err := s.HistoryBefore(t.Context(), 1, before, size)
		if err != nil || len(page) > size {
			t.Fatalf("%d events on a page of %d, %v", len(page), size, err)
		}
		return page
	}
	for _, size := range []int{60, 100, eventsPerRow, 5000} {
		var backward []workflow.HistoryEvent
		for next := page(0, size); len(next) > 0; next = page(next[len(next)-1].ID, size) {
			backward = append(backward, next...)
		}
		slices.Reverse(backward)
		if diff := cmp.Diff(all, backward); diff != "" {
			t.Errorf("in pages of %d: %s", size, diff)
		}
	}
	// One by one and two by two, across each border between two rows.
	var borders []int64
	if err := s.read(t.Context()).Raw(`SELECT first_id FROM history_events WHERE execution_id = 1`).Scan(&borders).Error; err != nil || int64(len(borders)) != rows {
		t.Fatal(borders, err)
	}
	for _, border := range borders {
		for before := max(border-3, 1); before <= min(border+3, last+1); before++ {
			for _, size := range []int{1, 2} {
				want := slices.Clone(all[max(before-1-int64(size), 0) : before-1])
				slices.Reverse(want)
				if diff := cmp.Diff(want, page(before, size), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%d before %d: %s", size, before, diff)
				}
			}
		}
	}
	if none, err := s.HistoryBefore(t.Context(), 7, 0, 10); err != nil || len(none) != 0 {
		t.Errorf("of no execution: %v, %v", none, err)
	}
}
