package models

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"countersign/workflow"
)

func TestRedriveTokens(t *testing.T) {
	var passed atomic.Int64
	now := func() time.Time { return testStart.Add(time.Duration(passed.Load())) }
	s, err := Open(t.Context(), Options{URL: newDatabaseFor(t), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c := newCommit(1, "redriven")
	mustCommit(t, s, c)
	redrive := func(token string) error {
		passed.Add(int64(time.Second))
		next := *c
		next.Expect, next.Events = c.Expect+1, nil
		next.Info.Redrives, next.Info.RedrivenAt = c.Info.Redrives+1, now()
		next.Effects = []workflow.Effect{s.RecordRedrive(1, token)}
		err := s.Commit(t.Context(), &next)
		if err == nil {
			c = &next
		}
		return err
	}
	at := func(token string) (time.Time, bool) {
		t.Helper()
		at, err := s.RedrivenWith(t.Context(), 1, token)
		if err != nil && !errors.Is(err, workflow.ErrNotFound) {
			t.Fatal(err)
		}
		return at, err == nil
	}
	for i := range redriveTokens + 1 {
		token := fmt.Sprint("token-", i)
		if err := redrive(token); err != nil {
			t.Fatal(err)
		}
		if when, ok := at(token); !ok || !when.Equal(now()) {
			t.Errorf("%s: %v, %v", token, when, ok)
		}
	}
	if _, ok := at("token-0"); ok {
		t.Error("the oldest of eleven is still known")
	}
	if _, ok := at("token-1"); !ok {
		t.Error("the oldest of ten is forgotten")
	}
	if err := redrive("token-5"); !errors.Is(err, workflow.ErrEffectRefused) {
		t.Errorf("a token that was used: %v", err)
	}
	passed.Add(int64(redriveTokenLife))
	if _, ok := at("token-10"); ok {
		t.Error("a token lives longer than it should")
	}
	if err := redrive("token-10"); err != nil {
		t.Errorf("a token that is forgotten: %v", err)
	}
	if _, ok := at("never"); ok {
		t.Error("a token that was never used is known")
	}
}
