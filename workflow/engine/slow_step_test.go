package engine

import (
	"errors"
	"testing"
	"time"

	"countersign/workflow/asl"
)

// Somebody may want to end an execution before its step is known to be slow.
func TestAStepIsGivenUpForWhoCameBeforeItWasSlow(t *testing.T) {
	m, err := asl.Compile([]byte(`{"QueryLanguage":"JSONata","StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Next":"S"},
		"S":{"Type":"Pass","Output":"{% ($f := function($n) { $f($n + 1) }; $f(0)) & 'given up' %}","End":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	started, err := m.Start(asl.Start{ID: 1, Name: "x", StateMachine: "M"}, now, asl.Seed{})
	if err != nil {
		t.Fatal(err)
	}
	e := New(Options{})
	defer e.cancel()
	x := &execution{machine: m, snapshot: started.Snapshot}
	done := x.hurry(asl.Stop{})
	if _, err := e.step(nil, x, asl.Tick{}, now.Add(time.Second)); !errors.Is(err, errGivenUp) {
		t.Errorf("the step came to %v", err)
	}
	if done(); x.ending.Load() != 0 {
		t.Errorf("%d still wait to end it", x.ending.Load())
	}
}
