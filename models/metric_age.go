package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// metricAges say how coarse metrics become with age, as CloudWatch's do: minutes for 15
// days, five minutes for 63, hours for 455, and then they are gone.
var metricAges = []struct {
	after time.Duration
	span  int64 // minutes; 0: nothing is left
}{
	{455 * 24 * time.Hour, 0},
	{63 * 24 * time.Hour, 60},
	{15 * 24 * time.Hour, 5},
}

// ageMetrics makes old metrics coarser, once every few hours.
func (s *Store) ageMetrics(ctx context.Context) error {
	m := &s.meter
	m.counting.Lock()
	defer m.counting.Unlock()
	now := s.now()
	if now.Sub(m.agedAt) < agesMetrics {
		return nil
	}
	m.agedAt = now
	var series []int64
	if err := s.read(ctx).Raw(`SELECT id FROM metric_series ORDER BY id`).Scan(&series).Error; err != nil {
		return fmt.Errorf("age metrics: %w", err)
	}
	for _, id := range series {
		for _, age := range metricAges {
			until := now.Add(-age.after).Unix() / 60
			if err := s.coarsen(ctx, id, until, age.span); err != nil {
				return fmt.Errorf("age metrics: %w", err)
			}
		}
	}
	return nil
}

// coarsen merges the minutes of a series before until into spans of that many, a part at a
// time, so that nobody waits long for the writer.
func (s *Store) coarsen(ctx context.Context, series, until, span int64) error {
	query, args := `SELECT minute FROM metric_minutes WHERE series_id = ? AND minute < ? LIMIT ?`, []any{series, until, rowsAtOnce}
	if span > 0 {
		query, args = `SELECT minute FROM metric_minutes WHERE series_id = ? AND minute < ? AND minute % ? <> 0 LIMIT ?`,
			[]any{series, until - until%span, span, rowsAtOnce}
	}
	for {
		var fine []int64
		if err := s.read(ctx).Raw(query, args...).Scan(&fine).Error; err != nil || len(fine) == 0 {
			return err
		}
		err := s.enqueue(ctx, nil, &write{needs: lockMetrics, fn: func(tx *gorm.DB) error { return mergeMinutes(tx, series, fine, span) }})
		if err != nil {
			return err
		}
	}
}

func mergeMinutes(tx *gorm.DB, series int64, minutes []int64, span int64) error {
	for _, minute := range minutes {
		stat, err := scanStat(queryRow(tx, `DELETE FROM metric_minutes WHERE series_id = ? AND minute = ?
			RETURNING samples, total, low, high, buckets`, series, minute))
		if errors.Is(err, sql.ErrNoRows) {
			continue // another process has merged it
		}
		if err == nil && span > 0 {
			err = addStat(tx, series, minute-minute%span, stat)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
