package models

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestAttemptsRunOutAndComeBack(t *testing.T) {
	s := uncounted(openTest(t))
	now := time.UnixMilli(1_700_000_000_000)
	s.now = func() time.Time { return now }
	a, other := s.Attempts("mail", 3, time.Minute), s.Attempts("address", 3, time.Minute)
	take := func(a Attempts, want time.Duration) {
		t.Helper()
		wait, err := a.Take(t.Context(), "x")
		if err != nil || wait != want {
			t.Fatalf("waits %v, want %v (%v)", wait, want, err)
		}
	}
	for range 3 {
		take(a, 0)
	}
	take(a, time.Minute)
	take(other, 0)
	now = now.Add(20 * time.Second)
	take(a, 40*time.Second)
	if err := a.GiveBack(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	take(a, 0)
	take(a, 40*time.Second)
	now = now.Add(10 * time.Minute)
	if _, err := s.Sessions().DeleteExpired(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept int64
	if err := s.read(t.Context()).Raw("SELECT count(*) FROM attempts").Scan(&kept).Error; err != nil || kept != 0 {
		t.Errorf("%d rows that do not count are kept (%v)", kept, err)
	}
	for range 3 {
		take(a, 0)
	}
	take(a, time.Minute)
}

func TestAttemptsAtTheSameTimeAllCount(t *testing.T) {
	s := uncounted(openTest(t))
	now := time.Now()
	s.now = func() time.Time { return now }
	a := s.Attempts("address", 5, time.Hour)
	var mu sync.Mutex
	var wg sync.WaitGroup
	let := 0
	for i := range 40 {
		wg.Go(func() {
			wait, err := a.Take(t.Context(), "10.0.0.1")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(fmt.Errorf("attempt %d: %w", i, err))
			}
			if wait == 0 {
				let++
			}
		})
	}
	wg.Wait()
	if let != 5 {
		t.Errorf("%d of 40 attempts were let through, want 5", let)
	}
}
