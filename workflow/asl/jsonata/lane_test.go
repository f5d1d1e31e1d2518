package jsonata

import (
	"errors"
	"testing"
	"time"
)

func parsed(t *testing.T, text string) *Expression {
	t.Helper()
	e, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const endless = "($f := function($n) { $f($n + 1) }; $f(0))"

func TestHastyDoesNotWait(t *testing.T) {
	began := time.Now()
	_, _, err := parsed(t, endless+" + 1").EvaluateWithin(order, Patience{Hasty: true})
	if took := time.Since(began); !errors.Is(err, ErrSlow) || took > 5*time.Second {
		t.Errorf("%v after %v", err, took)
	}
	if v, effort, err := parsed(t, "$sum([1..3])").EvaluateWithin(order, Patience{Hasty: true}); string(v) != "6" || effort != 0 || err != nil {
		t.Errorf("%s, %d, %v", v, effort, err)
	}
}

func TestQuitEndsASlowEvaluation(t *testing.T) {
	quit := make(chan struct{})
	timer := time.AfterFunc(300*time.Millisecond, func() { close(quit) })
	defer timer.Stop()
	began := time.Now()
	_, _, err := parsed(t, endless+" + 2").EvaluateWithin(order, Patience{Quit: quit})
	if took := time.Since(began); !errors.Is(err, ErrSlow) || took > 5*time.Second {
		t.Errorf("%v after %v", err, took)
	}
	if _, _, err := parsed(t, endless+" + 3").EvaluateWithin(order, Patience{Quit: quit}); !errors.Is(err, ErrSlow) {
		t.Errorf("%v, although its value was never wanted", err)
	}
}

// What is left of a state's time is all that one of its expressions gets.
func TestEffortIsLimited(t *testing.T) {
	_, effort, err := parsed(t, endless+" + 4").EvaluateWithin(order, Patience{Left: 200})
	var f *Failure
	if !errors.As(err, &f) || f.Message != textLate || effort < 200 || effort > 5000 {
		t.Errorf("%v, effort %d", err, effort)
	}
}

// An evaluation that begins anew among the slow ones draws the same random numbers as one
// that was let be.
func TestSlowEvaluationsDrawTheSame(t *testing.T) {
	e := parsed(t, "($r := $random(); $u := $uuid(); $s := $sum($map([1..2000], function($i) { $i * 2 })); [$r, $u, $s])")
	in := newInterpreter(usual)
	want, err := in.run(e, order, patience, nil)
	if err != nil {
		t.Fatal(err)
	}
	random := &tape{Scope: order}
	for range 2 {
		v, _, err, over := e.in(slowLane, random, patience, nil)
		if err != nil || !over || string(v) != string(want) {
			t.Errorf("%s, %v; want %s", v, err, want)
		}
	}
}
