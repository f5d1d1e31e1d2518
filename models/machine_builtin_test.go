package models

import (
	"errors"
	"testing"

	"countersign/workflow"
)

func TestBuiltInStateMachines(t *testing.T) {
	s := openTest(t)
	put := func(definition string, wantVersion int64, wantPresent bool) {
		t.Helper()
		version, present, err := s.PutBuiltIn(t.Context(), "Own", []byte(definition))
		if err != nil || version != wantVersion || present != wantPresent {
			t.Errorf("%s: version %d, present %v, %v", definition, version, present, err)
		}
	}
	create := func(definition string) (workflow.StateMachine, error) {
		made, _, err := s.CreateStateMachine(t.Context(), workflow.StateMachine{Name: "Own", Type: workflow.Standard, RoleARN: "arn:role", Definition: []byte(definition)}, Creation{})
		return made, err
	}
	own := func(version int64, want bool) {
		t.Helper()
		if got, err := s.OwnRevision(t.Context(), "Own", version); err != nil || got != want {
			t.Errorf("revision %d is the program's own: %v, %v", version, got, err)
		}
	}
	put("first", 1, true)
	put("first", 1, true)
	own(1, true)
	put("second", 2, true) // an update of the program
	own(1, true)
	own(2, true)
	own(3, false)
	made, err := create("mine")
	if err != nil || made.Version != 3 || made.RevisionID != "" {
		t.Fatalf("created over a built-in one: %+v, %v", made, err)
	}
	if again, err := create("mine"); err != nil || again.Version != 3 || again.RoleARN != "arn:role" {
		t.Errorf("created again: %+v, %v", again, err)
	}
	if _, err := create("other"); !errors.Is(err, workflow.ErrConflict) {
		t.Errorf("created once more: %v", err)
	}
	put("second", 3, false) // what people make stays
	put("third", 3, false)
	put("mine", 3, true)
}

func TestAChangedBuiltInIsNotTakenOver(t *testing.T) {
	s := openTest(t)
	if _, _, err := s.PutBuiltIn(t.Context(), "Own", []byte("first")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.UpdateStateMachine(t.Context(), "Own", Revision{Definition: []byte("changed")}); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.CreateStateMachine(t.Context(), workflow.StateMachine{Name: "Own", Type: workflow.Standard, Definition: []byte("mine")}, Creation{})
	if !errors.Is(err, workflow.ErrConflict) {
		t.Errorf("%v", err)
	}
	if version, present, err := s.PutBuiltIn(t.Context(), "Own", []byte("second")); err != nil || version != 2 || present {
		t.Errorf("version %d, present %v, %v", version, present, err)
	}
}
