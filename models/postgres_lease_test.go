package models

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/workflow"
)

// While a step is being committed, its row is locked. Who renews leases, a thousand at a time,
// and waited for it could meet somebody who waits for one of the thousand.
func TestRenewingLeasesWaitsForNobody(t *testing.T) {
	address := migrated.URL(t)
	s := openTestAt(t, address)
	for id := workflow.ExecutionID(1); id <= 3; id++ {
		c := newCommit(id, id.String())
		c.Owner, c.DueAt = "engine", testStart.Add(time.Minute)
		mustCommit(t, s, c)
	}
	conn, err := pgx.Connect(t.Context(), address)
	noError(t, err)
	defer conn.Close(t.Context())
	tx, err := conn.Begin(t.Context())
	noError(t, err)
	_, err = tx.Exec(t.Context(), `UPDATE executions SET cause = 'being committed' WHERE id = 2`)
	noError(t, err)

	until := testStart.Add(time.Hour)
	renewed := make(chan error, 1)
	var lost []workflow.ExecutionID
	go func() {
		var err error
		lost, err = s.Renew(t.Context(), "engine", []workflow.ExecutionID{1, 2, 3, 4}, until)
		renewed <- err
	}()
	select {
	case err := <-renewed:
		noError(t, err)
	case <-time.After(10 * time.Second):
		t.Error("it waits")
		noError(t, tx.Rollback(t.Context()))
		<-renewed
		return
	}
	noError(t, tx.Rollback(t.Context()))
	if !slices.Equal(lost, []workflow.ExecutionID{4}) {
		t.Errorf("lost %v, want the one that there is not", lost)
	}
	for id, want := range map[workflow.ExecutionID]time.Time{1: until, 2: testStart.Add(time.Minute), 3: until} {
		if row, err := s.Load(t.Context(), id); err != nil || !row.DueAt.Equal(want) || row.Owner != "engine" {
			t.Errorf("execution %d: held by %s until %v, %v", id, row.Owner, row.DueAt, err)
		}
	}
}
