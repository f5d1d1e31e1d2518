package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"

	"gorm.io/gorm"
)

// writeSums adds what was counted, after what first still counts, to what is stored, and
// says how far that is. When it fails, everything that is not written is counted again from
// the table: rows that were counted may be gone with the group they were in.
func (s *Store) writeSums(ctx context.Context, first func(tx *gorm.DB) error) error {
	m := &s.meter
	err := s.writeSheets(ctx, first, func(tx *gorm.DB) error {
		_, err := exec(tx, `UPDATE metric_progress SET counted_to = ?`, m.ledger.to)
		return err
	})
	if err != nil {
		m.ledger.to = m.written
		m.setLive(false)
		return err
	}
	m.written = m.ledger.to
	return nil
}

// writeSheets adds what was counted to what is stored, between first, if any, and last, and
// empties the ledger.
func (s *Store) writeSheets(ctx context.Context, first, last func(tx *gorm.DB) error) error {
	m := &s.meter
	series := make(map[seriesKey]int64)
	err := s.enqueue(ctx, nil, &write{needs: lockMetrics, fn: func(tx *gorm.DB) error {
		clear(series) // what an attempt that was lost has made is gone
		if first != nil {
			if err := first(tx); err != nil {
				return err
			}
		}
		for key, sh := range m.ledger.sheets {
			if err := m.writeSheet(tx, key, sh, series); err != nil {
				return err
			}
		}
		return last(tx)
	}})
	m.ledger.sheets = nil
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	maps.Copy(m.series, series)
	return nil
}

func (m *meter) writeSheet(tx *gorm.DB, key sheetKey, sh *sheet, found map[seriesKey]int64) error {
	for what, stat := range sh {
		if stat == nil {
			continue
		}
		id, err := m.seriesID(tx, seriesKey{key.subject, metric(what)}, found)
		if err == nil {
			err = addStat(tx, id, key.minute, *stat)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", metricNames[what], err)
		}
	}
	return nil
}

// seriesID is the id of a series, made when it is new. What it had to look up is put into
// found, and is known from then on if the transaction commits.
func (m *meter) seriesID(tx *gorm.DB, key seriesKey, found map[seriesKey]int64) (int64, error) {
	if id, ok := m.series[key]; ok {
		return id, nil
	}
	if id, ok := found[key]; ok {
		return id, nil
	}
	args := []any{metricNames[key.metric], key.dimension, key.resource, key.qualifier}
	_, err := exec(tx, `INSERT INTO metric_series (metric, dimension, resource, qualifier) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return 0, err
	}
	var id int64
	err = queryRow(tx, `SELECT id FROM metric_series WHERE metric = ? AND dimension = ? AND resource = ? AND qualifier = ?`, args...).Scan(&id)
	found[key] = id
	return id, err
}

// addStat adds to what is stored of one span of time.
func addStat(tx *gorm.DB, series, minute int64, stat MetricStat) error {
	stored, err := scanStat(queryRow(tx, `SELECT samples, total, low, high, buckets FROM metric_minutes WHERE series_id = ? AND minute = ?`, series, minute))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	stat.Merge(stored)
	_, err = exec(tx, `INSERT INTO metric_minutes (series_id, minute, samples, total, low, high, buckets) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (series_id, minute) DO UPDATE SET samples = excluded.samples, total = excluded.total,
			low = excluded.low, high = excluded.high, buckets = excluded.buckets`,
		series, minute, stat.Samples, stat.Sum, stat.Low, stat.High, stat.encodeBuckets())
	return err
}

func scanStat(from scanner, more ...any) (MetricStat, error) {
	var stat MetricStat
	var buckets []byte
	if err := from.Scan(append(more, &stat.Samples, &stat.Sum, &stat.Low, &stat.High, &buckets)...); err != nil {
		return stat, err
	}
	return stat, stat.decodeBuckets(buckets)
}
