package models

import (
	"errors"
	"fmt"
	"testing"

	"countersign/workflow"
)

// At its limits a state machine refuses more, but not what it has already, and a deletion makes room.
func TestVersionsAndAliasesAreLimited(t *testing.T) {
	s := openTest(t)
	_, _, err := s.CreateStateMachine(t.Context(), workflow.StateMachine{Name: "M", Type: workflow.Standard, Definition: []byte("0")}, Creation{Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	var last int64
	for i := 1; i < maxVersions; i++ {
		if _, last, err = s.UpdateStateMachine(t.Context(), "M", Revision{Definition: fmt.Append(nil, i), Publish: true}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := s.StateMachine(t.Context(), "M")
	if err != nil || last != maxVersions {
		t.Fatal(last, err)
	}
	if _, again, err := s.UpdateStateMachine(t.Context(), "M", Revision{Definition: before.Definition, Publish: true}); err != nil || again != last {
		t.Errorf("publishing what is published: %d, %v", again, err)
	}
	_, _, err = s.UpdateStateMachine(t.Context(), "M", Revision{Definition: []byte("one more"), Publish: true})
	if after, _ := s.StateMachine(t.Context(), "M"); !errors.Is(err, ErrTooManyVersions) || after.RevisionID != before.RevisionID {
		t.Errorf("one version too many: %v, revision %s was %s", err, after.RevisionID, before.RevisionID)
	}
	if err := s.DeleteVersion(t.Context(), "M", 1); err != nil {
		t.Fatal(err)
	}
	if _, next, err := s.UpdateStateMachine(t.Context(), "M", Revision{Definition: []byte("one more"), Publish: true}); err != nil || next != last+1 {
		t.Errorf("after a deletion: %d, %v", next, err)
	}

	alias := func(n int) error {
		_, err := s.CreateAlias(t.Context(), workflow.Alias{StateMachine: "M", Name: fmt.Sprint("a", n), Routes: []workflow.Route{{Number: 2, Weight: 100}}})
		return err
	}
	for n := range maxAliases {
		if err := alias(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := alias(maxAliases); !errors.Is(err, ErrTooManyAliases) {
		t.Errorf("one alias too many: %v", err)
	}
	if err := alias(0); err != nil {
		t.Errorf("creating what there is: %v", err)
	}
	if err := s.DeleteVersion(t.Context(), "M", 2); !errors.Is(err, ErrVersionInUse) {
		t.Errorf("a version with aliases: %v", err)
	}
	if err := s.DeleteAlias(t.Context(), "M", "a7"); err != nil {
		t.Fatal(err)
	}
	if err := alias(maxAliases); err != nil {
		t.Errorf("after a deletion: %v", err)
	}
}

// A state machine of the same name is another one, and its revisions are not mistaken for the earlier one's.
func TestRevisionsAreCountedOnAfterADeletion(t *testing.T) {
	s := openTest(t)
	create := func(definition string) workflow.StateMachine {
		t.Helper()
		m, _, err := s.CreateStateMachine(t.Context(), workflow.StateMachine{Name: "M", Type: workflow.Standard, Definition: []byte(definition)}, Creation{Publish: true})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	first := create("one")
	if err := errors.Join(s.DeleteStateMachine(t.Context(), "M"), s.FinishDeletions(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(t.Context(), workflow.StateMachineARN("M"), 0); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("a deleted state machine: %v", err)
	}
	second := create("two")
	if second.Version <= first.Version {
		t.Errorf("revision %d after %d", second.Version, first.Version)
	}
	if was, err := s.Revision(t.Context(), "M", first.Version); err != nil || string(was.Definition) != "one" {
		t.Errorf("the earlier revision is %q, %v", was.Definition, err)
	}
	if d, err := s.Resolve(t.Context(), workflow.VersionARN("M", 1), 0); err != nil || d.Version != second.Version {
		t.Errorf("version 1 leads to %+v, %v", d, err)
	}
}

// Who has seen a revision changes that one or none.
func TestARevisionThatWasSeenIsChangedOrNone(t *testing.T) {
	s := openTest(t)
	_, _, err := s.CreateStateMachine(t.Context(), workflow.StateMachine{Name: "M", Type: workflow.Standard, Definition: []byte("1")}, Creation{})
	if err != nil {
		t.Fatal(err)
	}
	if now, _, err := s.UpdateStateMachine(t.Context(), "M", Revision{Of: 1, Definition: []byte("2")}); err != nil || now.Version != 2 {
		t.Fatal(now.Version, err)
	}
	if _, _, err := s.UpdateStateMachine(t.Context(), "M", Revision{Of: 1, Definition: []byte("3"), Publish: true}); !errors.Is(err, ErrRevised) {
		t.Errorf("a late one: %v", err)
	}
	if now, err := s.StateMachine(t.Context(), "M"); err != nil || now.Version != 2 || string(now.Definition) != "2" {
		t.Errorf("it is now %d: %s, %v", now.Version, now.Definition, err)
	}
}
