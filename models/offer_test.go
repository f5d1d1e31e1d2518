package models

import (
	"context"
	"testing"

	"countersign/workflow"
)

func TestAnOfferIsPublished(t *testing.T) {
	s := openTest(t)
	pack := workflow.ActivityARN("Pack")
	changed, cancel := s.Subscribe(TopicActivity(pack))
	defer cancel()
	other, cancelOther := s.Subscribe(TopicActivity(workflow.ActivityARN("Other")))
	defer cancelOther()
	c := newCommit(1, "a")
	c.Offers = []workflow.Offer{{Execution: 1, Entry: 2, Activity: pack, Token: "t", Input: []byte(`{}`), ScheduledAt: testStart}}
	if err := s.Commit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if !pending(changed) {
		t.Error("nobody was told of the offer")
	}
	if pending(other) {
		t.Error("another activity's workers were told")
	}
}

func TestADeletedMachinesExecutionsGiveUpTheirNames(t *testing.T) {
	s, ctx := openTest(t), context.Background()
	if _, err := s.PutDefinition(ctx, "Machine", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	first := newCommit(1, "a")
	first.Info.Status = workflow.Succeeded
	if err := s.Commit(ctx, first); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteStateMachine(ctx, "Machine"); err != nil {
		t.Fatal(err)
	}
	if err := s.FinishDeletions(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutDefinition(ctx, "Machine", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(ctx, newCommit(2, "a")); err != nil {
		t.Errorf("the name is not free again: %v", err)
	}
	if info, err := s.Find(ctx, "Machine", "a"); err != nil || info.ID != 2 {
		t.Errorf("found execution %d, %v", info.ID, err)
	}
	if row, err := s.Load(ctx, 1); err != nil || row.Name != "a" {
		t.Errorf("the first execution: %q, %v", row.Name, err)
	}
}

func TestChildrenAndOffersUseTheirIndexes(t *testing.T) {
	s := openTest(t)
	for statement, index := range map[string]string{
		`SELECT id FROM executions WHERE parent_id = 1 AND parent_entry = 2 AND parent_id <> 0 AND parent_attempt = 1 AND map_run = ''`: "executions_child",
		`SELECT id FROM executions WHERE machine = 'a' AND name = 'b' AND apart = 0`:                                                    "executions_name",
		`SELECT entry FROM offers WHERE activity = 'a' ORDER BY id LIMIT 5`:                                                             "offers_activity",
		`DELETE FROM offers WHERE execution_id = 1 AND entry = 2`:                                                                       "offers_entry",
	} {
		wantPlan(t, s, statement, index)
	}
}
