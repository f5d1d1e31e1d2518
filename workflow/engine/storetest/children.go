package storetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"countersign/workflow"
)

func offersOf(t *testing.T, f Fixture, activity workflow.ARN, limit int) []workflow.Offer {
	t.Helper()
	offers, err := f.Store.Offers(t.Context(), activity, limit)
	if err != nil {
		t.Fatal(err)
	}
	return offers
}

func offer(id workflow.ExecutionID, entry workflow.EntryID, activity string) workflow.Offer {
	return workflow.Offer{Execution: id, Entry: entry, Activity: workflow.ActivityARN(activity),
		Token: workflow.TaskToken("token-" + id.String()), Input: json.RawMessage(`{"parcel": 1.0}`), ScheduledAt: start.Add(time.Second)}
}

func offersCommit(t *testing.T, f Fixture) {
	pack, send := workflow.ActivityARN("Pack"), workflow.ActivityARN("Send")
	first := creation(1)
	first.Offers = []workflow.Offer{offer(1, 2, "Pack"), offer(1, 3, "Send")}
	commit(t, f, first)
	second := creation(2)
	second.Offers = []workflow.Offer{offer(2, 2, "Pack")}
	commit(t, f, second)
	equal(t, "offers of Pack, oldest first", offersOf(t, f, pack, 10), []workflow.Offer{offer(1, 2, "Pack"), offer(2, 2, "Pack")})
	equal(t, "as many as asked for", offersOf(t, f, pack, 1), []workflow.Offer{offer(1, 2, "Pack")})
	equal(t, "offers of nothing", len(offersOf(t, f, workflow.ActivityARN("Other"), 10)), 0)

	taken := following(first, 3, 3)
	taken.Offers, taken.Withdrawn = []workflow.Offer{offer(1, 3, "Pack")}, []workflow.EntryID{2, 3}
	commit(t, f, taken)
	equal(t, "a taken offer is gone, a new one comes last", offersOf(t, f, pack, 10), []workflow.Offer{offer(2, 2, "Pack"), offer(1, 3, "Pack")})
	equal(t, "another activity's too", len(offersOf(t, f, send, 10)), 0)

	refused := following(second, 3, 3)
	refused.Expect, refused.Withdrawn = 7, []workflow.EntryID{2}
	refuse(t, f, refused, workflow.ErrFenced)
	second.Effects = []workflow.Effect{f.Effect("once")}
	commit(t, f, following(second, 3, 3))
	refused = following(second, 4, 4)
	refused.Expect, refused.Offers, refused.Effects = 2, []workflow.Offer{offer(2, 9, "Pack")}, []workflow.Effect{f.Effect("twice"), f.Effect("twice")}
	refuse(t, f, refused, workflow.ErrEffectRefused)
	equal(t, "refused commits offer and withdraw nothing", len(offersOf(t, f, pack, 10)), 2)
	over := following(taken, 4, 4)
	over.Withdrawn = []workflow.EntryID{3}
	commit(t, f, over)
	equal(t, "a commit that only withdraws", offersOf(t, f, pack, 10), []workflow.Offer{offer(2, 2, "Pack")})
}

func childOf(id int64, entry workflow.EntryID) *workflow.Commit {
	c := creation(id)
	c.Info.Parent = workflow.Parent{Execution: 1, Entry: entry, Attempt: 1, Awaited: true}
	return c
}

func childrenAreFound(t *testing.T, f Fixture) {
	commit(t, f, creation(1))
	c := childOf(2, 2)
	c.Info.Type, c.Info.RoleARN, c.Info.Published, c.Info.Alias = workflow.Express, "arn:role", 3, "live"
	c.Info.TraceHeader = "Root=1"
	commit(t, f, c)
	equal(t, "an EXPRESS child", load(t, f, 2).ExecutionInfo, c.Info)
	found, err := f.Store.FindChild(t.Context(), c.Info.Parent)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "found by its parent", found, c.Info)
	for _, p := range []workflow.Parent{{Execution: 1, Entry: 3, Attempt: 1}, {Execution: 1, Entry: 2, Attempt: 2}, {Execution: 2, Entry: 2, Attempt: 1}} {
		if _, err := f.Store.FindChild(t.Context(), p); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("a child of %+v: %v", p, err)
		}
	}
	same := childOf(3, 2)
	refuse(t, f, same, workflow.ErrExists)
	same.Info.Parent.Attempt = 2
	commit(t, f, same)
	for id := int64(4); id <= 5; id++ {
		of := childOf(id, 7)
		of.Info.MapRun = workflow.MapRunARN("Machine", "Label", "1")
		commit(t, f, of)
		equal(t, "a Map Run's child", load(t, f, of.Info.ID).ExecutionInfo, of.Info)
	}
}

func expressNames(t *testing.T, f Fixture) {
	commit(t, f, creation(1))
	for id := int64(2); id <= 3; id++ {
		c := creation(id)
		c.Info.Name, c.Info.Type = "execution-1", workflow.Express
		commit(t, f, c)
	}
	info, err := f.Store.Find(t.Context(), "Machine", "execution-1")
	if err != nil || info.ID != 1 {
		t.Errorf("found execution %d by its name, %v", info.ID, err)
	}
	if _, err := f.Store.Find(t.Context(), "Machine", "execution-2"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("found an EXPRESS execution by its name: %v", err)
	}
}

func machinesResolve(t *testing.T, f Fixture) {
	arn := workflow.StateMachineARN("Machine")
	if _, err := f.Store.Resolve(t.Context(), arn, 0); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("resolving nothing: %v", err)
	}
	for version, text := range []string{"one", "two"} {
		if _, err := f.Store.PutDefinition(t.Context(), "Machine", []byte(text)); err != nil {
			t.Fatal(err)
		}
		d, err := f.Store.Resolve(t.Context(), arn, 0.5)
		if err != nil || d.StateMachine != "Machine" || d.Version != int64(version)+1 || d.Type != workflow.Standard || d.Published != 0 || d.Alias != "" {
			t.Errorf("resolved to %+v, %v", d, err)
		}
	}
	for _, arn := range []workflow.ARN{workflow.VersionARN("Machine", 1), workflow.AliasARN("Machine", "live"), "Machine", ""} {
		if _, err := f.Store.Resolve(t.Context(), arn, 0); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("resolving %q: %v", arn, err)
		}
	}
}
