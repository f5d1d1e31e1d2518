package models

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// Claim is engine.Store's.
func (s *Store) Claim(ctx context.Context, owner string, now, until time.Time, limit int) ([]workflow.Row, error) {
	var claimed []workflow.Row
	err := s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		var err error
		claimed, err = scanRows(tx.Raw(`SELECT `+executionColumns+` FROM executions WHERE due_at <= ? ORDER BY due_at, id LIMIT ?`+
			s.dialect.claiming(), now.UnixMilli(), limit).Rows())
		if err != nil || len(claimed) == 0 {
			return err
		}
		ids := make([]int64, len(claimed))
		for i, row := range claimed {
			ids[i] = int64(row.ID)
		}
		return tx.Exec(`UPDATE executions SET owner = ?, due_at = ? WHERE `+s.dialect.among("id"),
			owner, until.UnixMilli(), s.dialect.idList(ids)).Error
	})
	if err != nil {
		return nil, fmt.Errorf("claim due executions: %w", err)
	}
	for i := range claimed {
		claimed[i].LeftBy = claimed[i].Owner
		claimed[i].Owner, claimed[i].DueAt = owner, time.UnixMilli(until.UnixMilli()).UTC()
	}
	return claimed, nil
}

func scanRows(rows *sql.Rows, err error) ([]workflow.Row, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []workflow.Row
	for rows.Next() {
		row, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// Renew is engine.Store's. It waits for no row that somebody is about to commit, lest two such
// waits met: what it passes over is held as long as its owner says so, and its commit prolongs
// the lease when that is needed.
func (s *Store) Renew(ctx context.Context, owner string, ids []workflow.ExecutionID, until time.Time) ([]workflow.ExecutionID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list := numbers(ids)
	var held []int64
	err := s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		own := `SELECT id FROM executions WHERE owner = ? AND ` + s.dialect.among("id")
		err := tx.Raw(`UPDATE executions SET due_at = ? WHERE id IN (`+own+s.dialect.claiming()+`) RETURNING id`,
			until.UnixMilli(), owner, s.dialect.idList(list)).Scan(&held).Error
		if err != nil || len(held) == len(list) {
			return err
		}
		return tx.Raw(own, owner, s.dialect.idList(list)).Scan(&held).Error
	})
	if err != nil {
		return nil, fmt.Errorf("renew leases: %w", err)
	}
	return missing(ids, held), nil
}

func numbers(ids []workflow.ExecutionID) []int64 {
	list := make([]int64, len(ids))
	for i, id := range ids {
		list[i] = int64(id)
	}
	return list
}

func missing(ids []workflow.ExecutionID, held []int64) []workflow.ExecutionID {
	if len(held) == len(ids) {
		return nil
	}
	holds := make(map[int64]bool, len(held))
	for _, id := range held {
		holds[id] = true
	}
	var lost []workflow.ExecutionID
	for _, id := range ids {
		if !holds[int64(id)] {
			lost = append(lost, id)
		}
	}
	return lost
}

// GiveBack is engine.Store's. It waits for who commits beside the holder just then, and takes the
// rows in the order that groups take them.
func (s *Store) GiveBack(ctx context.Context, owner string, ids []workflow.ExecutionID, now time.Time) error {
	err := s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		return tx.Exec(`UPDATE executions SET owner = ?, due_at = ? WHERE id IN (SELECT id FROM executions WHERE owner = ? AND `+
			s.dialect.among("id")+` ORDER BY id`+s.dialect.locking()+`)`,
			workflow.GivenBack, now.UnixMilli(), owner, s.dialect.idList(numbers(ids))).Error
	})
	if err != nil {
		return fmt.Errorf("give leases back: %w", err)
	}
	return nil
}

// Abandon is engine.Store's. The owner of an execution has always something due,
// the end of its lease, so the index of what is due finds all of them.
func (s *Store) Abandon(ctx context.Context, owner string, now time.Time) (int64, error) {
	var abandoned int64
	err := s.write(ctx, nil, func(tx *gorm.DB) error {
		done := tx.Exec(`UPDATE executions SET due_at = ? WHERE due_at IS NOT NULL AND owner <> '' AND owner <> ?`,
			now.UnixMilli(), owner)
		abandoned = done.RowsAffected
		return done.Error
	})
	if err != nil {
		return 0, fmt.Errorf("abandon the leases of earlier processes: %w", err)
	}
	return abandoned, nil
}

// NextDue is engine.Store's.
func (s *Store) NextDue(ctx context.Context) (time.Time, bool, error) {
	var due sql.NullInt64
	err := s.read(ctx).Raw(`SELECT min(due_at) FROM executions WHERE due_at IS NOT NULL`).Row().Scan(&due)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("find what is due next: %w", err)
	}
	return atMillis(due), due.Valid, nil
}
