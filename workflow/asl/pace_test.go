package asl

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"countersign/workflow"
)

// A start that would be slow leaves the first state to a tick, which is nobody's loss when it
// is given up.
func TestStartSoon(t *testing.T) {
	m, err := Compile([]byte(`{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Pass","End":true,
		"Output":"{% ($f := function($n) { $f($n + 1) }; $f(0)) %}"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	out, err := m.StartSoon(Start{ID: 1, Name: "x", StateMachine: "M"}, now, Seed{})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Events) != 1 || out.Events[0].Type != workflow.EventExecutionStarted {
		t.Fatalf("%v", out.Events)
	}
	stored := out.Snapshot.Encode()
	s, err := Decode(stored)
	if err != nil {
		t.Fatal(err)
	}
	if due, ok := s.WakeAt(); !ok || !due.Equal(now) {
		t.Errorf("due at %v, %v", due, ok)
	}
	quit := make(chan struct{})
	close(quit)
	for _, p := range []Pace{{Hasty: true}, {Quit: quit}} {
		if _, err := m.StepAt(p, s, Tick{}, now, Seed{}); !errors.Is(err, ErrSlow) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if !bytes.Equal(s.Encode(), stored) {
		t.Error("a step that was given up has changed the snapshot")
	}
}

// One that is not slow is the same as Start.
func TestStartSoonOfAQuickExecution(t *testing.T) {
	m, err := Compile([]byte(`{"StartAt":"S","States":{"S":{"Type":"Pass","Result":1,"End":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	want, err := m.Start(Start{ID: 1, Name: "x", StateMachine: "M"}, now, Seed{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.StartSoon(Start{ID: 1, Name: "x", StateMachine: "M"}, now, Seed{})
	if err != nil || !bytes.Equal(got.Snapshot.Encode(), want.Snapshot.Encode()) || len(got.Events) != len(want.Events) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}
