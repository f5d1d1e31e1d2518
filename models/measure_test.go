package models

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"countersign/workflow"
)

func TestFreshRefusesWhatHoldsData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	if err := Fresh(t.Context(), path); err != nil {
		t.Errorf("a file that is not there: %v", err)
	}
	s, err := Open(t.Context(), Options{URL: path})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	var refused *OpenError
	if err := Fresh(t.Context(), path); !errors.As(err, &refused) || refused.Reason != OpenInUse {
		t.Errorf("a database: %v", err)
	}
	if err := os.WriteFile(path, []byte("a letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Fresh(t.Context(), path); !errors.As(err, &refused) {
		t.Errorf("a letter: %v", err)
	}
}

func TestDatabaseDescribesItself(t *testing.T) {
	s := openTest(t)
	name, settings, err := s.Describe(t.Context())
	if err != nil || !strings.HasPrefix(name, "SQLite 3.") || settings["journal_mode"] != "wal" || settings["synchronous"] != "2" {
		t.Errorf("%s with %v, %v", name, settings, err)
	}
}

// The log begins anew once it is long enough, and size counts what is in it.
func TestSizeAndCheckpoints(t *testing.T) {
	s := openMarked(t)
	size, err := s.Size(t.Context())
	if err != nil || size < 4096 {
		t.Fatal(size, err)
	}
	before, err := s.Checkpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const at = 4 << 20
	for n, after := 0, before; after == before; n++ {
		if n == 30 {
			t.Fatalf("%d MB were logged and the log never began anew", n*at>>20)
		}
		err := s.write(t.Context(), nil, func(tx *gorm.DB) error { return putMark(tx, fmt.Sprint(n)+strings.Repeat("x", at)) })
		if err != nil {
			t.Fatal(err)
		}
		if after, err = s.Checkpoints(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if grown, err := s.Size(t.Context()); err != nil || grown < size+at {
		t.Errorf("%d bytes, before %d: %v", grown, size, err)
	}
	if s.Commits() == 0 {
		t.Error("no commits were counted")
	}
}

// Copies are whole: each has a history of its own, an order, and everything of the order.
func TestMultiply(t *testing.T) {
	s := openShop(t)
	s.sells("sold", line("item1", 2))
	first := newCommit(1<<40, "order-sold")
	last := nextCommit(first, 8)
	last.Info.Status, last.Info.StoppedAt = workflow.Succeeded, testStart
	mustCommit(t, s.Store, first, last)
	corrupt(t, s.Store, `UPDATE orders SET execution_id = 1099511627776 WHERE id = 'sold'`)
	if err := s.Multiply(t.Context(), first.Info.ID, 9*1200-3); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int64{
		"SELECT count(*) FROM executions":                                                             1201,
		"SELECT sum(last_id - first_id + 1) FROM history_events":                                      1201 * 9,
		"SELECT count(DISTINCT execution_id) FROM history_events":                                     1201,
		"SELECT count(*) FROM orders o JOIN executions e ON e.id = o.execution_id":                    1201,
		"SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id":                          1201,
		"SELECT count(*) FROM shipments p JOIN orders o ON o.id = p.order_id":                         1201,
		"SELECT count(*) FROM order_lines p JOIN orders o ON o.id = p.order_id":                       1201,
		"SELECT count(DISTINCT id) FROM executions WHERE id > 1099511627776 OR name = 'order-sold-0'": 0,
	} {
		var got int64
		if err := s.read(t.Context()).Raw(query).Row().Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", query, got, err, want)
		}
	}
	if wrong, err := s.CheckHistories(t.Context()); err != nil || len(wrong) > 0 {
		t.Error(wrong, err)
	}
	if wrong, err := s.CheckBooks(t.Context()); err != nil || len(wrong) > 0 {
		t.Errorf("%d things do not add up, %v: %.5q", len(wrong), err, wrong)
	}
	if err := s.Multiply(t.Context(), 77, 10); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("of an execution that is not there: %v", err)
	}
}
