package models

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
	"countersign/workflow/engine"
)

var _ engine.MapRuns = (*Store)(nil)

func mapRunOf(entry workflow.EntryID) workflow.MapRun {
	return workflow.MapRun{
		ARN: workflow.MapRunARN("Load", "Rows", "run-"+string(rune('a'+entry))), Execution: 7, Entry: entry, StateMachine: "Load", Label: "Rows",
		Status: workflow.Running, StartedAt: time.UnixMilli(1_790_000_000_000).UTC(), MaxConcurrency: 3, ToleratedFailurePercentage: 12.5,
	}
}

func TestAMapRunIsOpenedOnce(t *testing.T) {
	s, ctx := openTest(t), context.Background()
	first, err := s.OpenMapRun(ctx, mapRunOf(2))
	if diff := cmp.Diff(mapRunOf(2), first); err != nil || diff != "" {
		t.Fatalf("%v %s", err, diff)
	}
	again := mapRunOf(2)
	again.MaxConcurrency = 99
	if second, err := s.OpenMapRun(ctx, again); err != nil || second.MaxConcurrency != 3 {
		t.Errorf("the second time it was %+v, %v", second, err)
	}
	if _, err := s.MapRun(ctx, mapRunOf(3).ARN); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("a Map Run that was never opened: %v", err)
	}
}

func TestMapItemsStartOnce(t *testing.T) {
	s, ctx := openTest(t), context.Background()
	run, err := s.OpenMapRun(ctx, mapRunOf(2))
	if err != nil {
		t.Fatal(err)
	}
	items := []workflow.MapItem{{Index: 0, Count: 2, Input: json.RawMessage(`"a"`)}, {Index: 1, Count: 1, Input: json.RawMessage(`"b"`)}}
	for range 2 { // as after a crash in the middle of reading
		if err := s.AddMapItems(ctx, run.ARN, items); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SealMapRun(ctx, run.ARN); err != nil {
		t.Fatal(err)
	}
	sealed, err := s.MapRun(ctx, run.ARN)
	if err != nil || !sealed.Sealed || sealed.Items != 3 || sealed.Executions != 2 {
		t.Errorf("sealed as %+v, %v", sealed, err)
	}
	if err := s.Apply(ctx, s.StartMapItem(run.ARN, 0, 70)); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(ctx, s.StartMapItem(run.ARN, 0, 71)); !errors.Is(err, workflow.ErrEffectRefused) {
		t.Errorf("an item was started twice: %v", err)
	}
	waiting, err := s.MapItems(ctx, run.ARN, 10)
	if diff := cmp.Diff(items[1:], waiting); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	executions, held, err := s.CountMapRun(ctx, run.ARN)
	// The execution 70 was never stored here, so nothing says that it is open.
	if err != nil || executions.Total() != 2 || held.Total() != 3 {
		t.Errorf("executions %+v, items %+v, %v", executions, held, err)
	}
	if err := s.AbortMapRun(ctx, run.ARN, run.StartedAt); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(ctx, s.StartMapItem(run.ARN, 1, 72)); !errors.Is(err, workflow.ErrEffectRefused) {
		t.Errorf("a closed Map Run started an item: %v", err)
	}
}

func TestMapRunsChangeCloseAndGoOn(t *testing.T) {
	s, ctx := openTest(t), context.Background()
	var runs []workflow.MapRun
	for entry := range workflow.EntryID(3) {
		run, err := s.OpenMapRun(ctx, mapRunOf(entry))
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	arn, none, many := runs[1].ARN, int64(0), int64(40)
	if err := s.ChangeMapRun(ctx, arn, workflow.MapRunChange{MaxConcurrency: &none, ToleratedFailureCount: &many}); err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1_790_000_001_000).UTC()
	if err := s.Apply(ctx, s.CloseMapRun(arn, workflow.Failed, at, 5)); err != nil {
		t.Fatal(err)
	}
	want := runs[1]
	want.MaxConcurrency, want.ToleratedFailureCount, want.Status, want.StoppedAt, want.ResultsWritten = 0, 40, workflow.Failed, at, 5
	got, err := s.MapRun(ctx, arn)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if err := s.ChangeMapRun(ctx, arn, workflow.MapRunChange{MaxConcurrency: &many}); !errors.Is(err, workflow.ErrClosed) {
		t.Errorf("a closed Map Run was changed: %v", err)
	}
	if err := s.RedriveMapRun(ctx, arn, at); err != nil {
		t.Fatal(err)
	}
	want.Status, want.StoppedAt, want.Redrives, want.RedrivenAt = workflow.Running, time.Time{}, 1, at
	got, err = s.MapRun(ctx, arn)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	listed, next, err := s.MapRuns(ctx, 7, Page{Limit: 2})
	if err != nil || len(listed) != 2 || listed[0].ARN != runs[2].ARN || next == "" {
		t.Fatalf("%v %v %v", listed, next, err)
	}
	rest, next, err := s.MapRuns(ctx, 7, Page{Limit: 2, After: next})
	if err != nil || len(rest) != 1 || rest[0].ARN != runs[0].ARN || next != "" {
		t.Errorf("%v %v %v", rest, next, err)
	}
	if err := s.ChangeMapRun(ctx, "arn:none", workflow.MapRunChange{}); !errors.Is(err, workflow.ErrNotFound) {
		t.Error(err)
	}
}
