package models

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

func mustPut(t *testing.T, s *Store, machine, definition string) int64 {
	t.Helper()
	version, err := s.PutDefinition(context.Background(), machine, []byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func TestStateMachinesAreListed(t *testing.T) {
	s := uncounted(openTest(t))
	s.now = func() time.Time { return testStart }
	mustPut(t, s, "Zebra", `{}`)
	mustPut(t, s, "Ape", `{}`)
	mustPut(t, s, "Ape", `{"Comment":"new"}`)

	all, err := s.StateMachines(context.Background(), "", "", 10)
	want := []StateMachine{{"Ape", 2, testStart, workflow.Standard, workflow.Active}, {"Zebra", 1, testStart, workflow.Standard, workflow.Active}}
	if diff := cmp.Diff(want, all); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, part := range []struct {
		prefix, after string
		limit         int
		first         string
	}{{"", "", 1, "Ape"}, {"", "Ape", 10, "Zebra"}, {"Z", "", 10, "Zebra"}} {
		all, err := s.StateMachines(context.Background(), part.prefix, part.after, part.limit)
		if err != nil || len(all) != 1 || all[0].Name != part.first {
			t.Errorf("%+v: %v %v", part, all, err)
		}
	}
	versions, err := s.StateMachineVersions(context.Background(), "Ape")
	want = []StateMachine{{"Ape", 2, testStart, workflow.Standard, workflow.Active}, {"Ape", 1, testStart, workflow.Standard, workflow.Active}}
	if diff := cmp.Diff(want, versions); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestLayoutBelongsToAVersion(t *testing.T) {
	s, ctx := openTest(t), context.Background()
	mustPut(t, s, "Ape", `{}`)
	mustPut(t, s, "Ape", `{"Comment":"new"}`)
	if err := s.SaveLayout(ctx, "Ape", 1, []byte("drawing")); err != nil {
		t.Fatal(err)
	}
	if layout, err := s.Layout(ctx, "Ape", 1); err != nil || string(layout) != "drawing" {
		t.Errorf("got %q, %v", layout, err)
	}
	if _, err := s.Layout(ctx, "Ape", 2); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("version 2 has none yet: %v", err)
	}
	if _, err := s.Layout(ctx, "Ape", 3); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("there is no version 3: %v", err)
	}
	if err := s.SaveLayout(ctx, "Ape", 3, nil); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("there is no version 3: %v", err)
	}
}
