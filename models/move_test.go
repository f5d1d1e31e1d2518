package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/models/pgtest"
	"countersign/workflow"
)

// installation is a file with something of everything.
func installation(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "countersign.db")
	s := openTestAt(t, path)
	noError(t, s.Seed(t.Context(), Sample{People: true, Card: workflow.Card{Brand: "Visa", LastFour: "4242", Token: "tok\x00_ok"}}))
	for id := range workflow.ExecutionID(60) {
		mustCommit(t, s, closes(id+1, 3)...)
	}
	waiting := newCommit(1000, "waits")
	waiting.DueAt = testStart.Add(time.Hour)
	mustCommit(t, s, waiting)
	run := mapRunOf(2)
	_, err := s.OpenMapRun(t.Context(), run)
	noError(t, err)
	noError(t, s.AddMapItems(t.Context(), run.ARN, []workflow.MapItem{{Index: 0, Count: 1, Input: []byte(`{"ä":"\u0000"}`)}, {Index: 1, Count: 2}}))
	noError(t, s.Close())
	return path
}

func TestMove(t *testing.T) {
	from, to := installation(t), pgtest.URL(t)
	tables := map[string]int64{}
	noError(t, Move(t.Context(), from, to, func(m Moving) {
		if m.Done {
			tables[m.Table] = m.Rows
		}
	}))
	if tables["executions"] != 61 || tables["people"] == 0 || tables["map_items"] != 2 || tables["items"] == 0 {
		t.Errorf("moved: %v", tables)
	}
	s, err := open(to)
	noError(t, err)
	defer s.Close()
	row, err := s.Load(t.Context(), 1000)
	if err != nil || row.Name != "waits" || !row.DueAt.Equal(testStart.Add(time.Hour)) {
		t.Errorf("%+v, %v", row, err)
	}
	mustCommit(t, s, newCommit(2000, "new")) // its history gets an id of its own
	_, err = s.OpenMapRun(t.Context(), mapRunOf(3))
	noError(t, err)
	for _, check := range []func(context.Context) ([]string, error){s.CheckBooks, s.CheckHistories} {
		if wrong, err := check(t.Context()); err != nil || len(wrong) > 0 {
			t.Error(wrong, err)
		}
	}
	_, err = open(from)
	wantOpenError(t, err, OpenMoved, "was moved to database")
	if err := Move(t.Context(), from, to, func(Moving) {}); err == nil || !strings.Contains(err.Error(), "done already") {
		t.Errorf("a second time: %v", err)
	}
	elsewhere := pgtest.URL(t)
	wantOpenError(t, Move(t.Context(), from, elsewhere, func(Moving) {}), OpenMoved, "where its executions go on")
	noError(t, Fresh(t.Context(), elsewhere))
}

// Move is interrupted after each table and after each of its parts, and goes on every time.
func TestMoveGoesOn(t *testing.T) {
	defer func(rows int64) { movedRows = rows }(movedRows)
	movedRows = 50
	from, to := installation(t), pgtest.URL(t)
	var told []string
	for steps := 1; ; steps++ {
		if steps == 3 { // as after a crash between the last two steps
			noError(t, markMoved(t.Context(), from, Place(to)))
		}
		ctx, cancel := context.WithCancel(t.Context())
		before := len(told)
		err := Move(ctx, from, to, func(m Moving) {
			if !m.Done { // what is compared is compared anew
				told = append(told, fmt.Sprint(m))
			}
			if len(told) > before+5 {
				cancel()
			}
		})
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		_, err = open(to)
		wantOpenError(t, err, OpenMoved, "being filled")
		if steps > 200 {
			t.Fatal("it does not come to an end", told[max(0, len(told)-10):])
		}
	}
	s, err := open(to)
	noError(t, err)
	defer s.Close()
	if wrong, err := s.CheckHistories(t.Context()); err != nil || len(wrong) > 0 {
		t.Error(wrong, err)
	}
	counts, err := s.CountExecutions(t.Context())
	if diff := cmp.Diff(map[workflow.ExecutionStatus]workflow.Count{workflow.Succeeded: {N: 60}, workflow.Running: {N: 1}}, counts); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// A move that was interrupted before it had copied anything, or made the first table, or claimed
// the database for its file: nobody else begins an installation there.
func TestMoveIsMarkedFirst(t *testing.T) {
	from, to := installation(t), pgtest.URL(t)
	config, err := postgresConfig(to)
	noError(t, err)
	for _, interrupted := range []func(ctx context.Context) error{
		func(ctx context.Context) error {
			pool := openPool(config, 1, nil)
			defer pool.Close()
			return markTarget(ctx, pool)
		},
		func(ctx context.Context) error {
			m := &mover{at: Place(to)}
			defer func() { _ = m.target.Close(ctx) }()
			return m.prepareTarget(ctx, to)
		},
	} {
		noError(t, interrupted(t.Context()))
		_, err := open(to)
		wantOpenError(t, err, OpenMoved, "run the same command again")
	}
	noError(t, Move(t.Context(), from, to, func(Moving) {}))
	s, err := open(to)
	noError(t, err)
	noError(t, s.Close())
}

// What was written to the file, or to the database, in between is noticed.
func TestMoveNoticesWhatChanged(t *testing.T) {
	from, to := installation(t), pgtest.URL(t)
	interrupted := func(at string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := Move(ctx, from, to, func(m Moving) {
			if m.Table == at {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	interrupted("people")
	another := installation(t)
	if err := Move(t.Context(), another, to, func(Moving) {}); err == nil || !strings.Contains(err.Error(), "another file") {
		t.Errorf("another file: %v", err)
	}
	s, err := open(from)
	noError(t, err)
	mustCommit(t, s, newCommit(3000, "meanwhile"))
	noError(t, s.Close())
	if err := Move(t.Context(), from, to, func(Moving) {}); err == nil || !strings.Contains(err.Error(), "used since") {
		t.Errorf("a file that was used: %v", err)
	}

	to = pgtest.URL(t)
	interrupted("settings")
	db, err := sql.Open("pgx", to)
	noError(t, err)
	defer db.Close()
	noError(t, execAll(db, `UPDATE people SET name = 'Somebody Else' WHERE id = 'clara'`))
	if err := Move(t.Context(), from, to, func(Moving) {}); err == nil || !strings.Contains(err.Error(), "people") {
		t.Errorf("another row: %v", err)
	}
}
