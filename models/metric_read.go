package models

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Metric names a series of values as CloudWatch does.
type Metric struct {
	Name       string
	Dimensions map[string]string
}

// MetricPoint is what a metric's values were in the minute (of what is old, the five
// minutes or the hour) that begins at At.
type MetricPoint struct {
	At time.Time
	MetricStat
}

// MetricPoints reads the values of a metric from one minute on and before another, the
// earliest first. Without dimensions, they are those of everything in the account. There are
// none when there is no such metric.
func (s *Store) MetricPoints(ctx context.Context, m Metric, from, to time.Time) ([]MetricPoint, error) {
	if err := s.countUp(ctx, true); err != nil {
		return nil, err
	}
	condition, args, ok := seriesCondition(m)
	if !ok {
		return nil, nil
	}
	args = append(args, from.Unix()/60, (to.Unix()+59)/60)
	rows, err := s.read(ctx).Raw(`SELECT minute, samples, total, low, high, buckets FROM metric_series JOIN metric_minutes ON series_id = id
		WHERE `+condition+` AND minute >= ? AND minute < ? ORDER BY minute`, args...).Rows()
	if err != nil {
		return nil, fmt.Errorf("read metric %s: %w", m.Name, err)
	}
	defer rows.Close()
	var points []MetricPoint
	for rows.Next() {
		var minute int64
		stat, err := scanStat(rows, &minute)
		if err != nil {
			return nil, fmt.Errorf("read metric %s: %w", m.Name, err)
		}
		at := time.Unix(minute*60, 0).UTC()
		if last := len(points) - 1; last >= 0 && points[last].At.Equal(at) {
			points[last].Merge(stat)
			continue
		}
		points = append(points, MetricPoint{at, stat})
	}
	return points, rows.Err()
}

// seriesCondition finds the series of a metric; ok is false when there can be none.
func seriesCondition(m Metric) (condition string, args []any, ok bool) {
	args = []any{m.Name}
	var qualifier string
	switch len(m.Dimensions) {
	case 0: // executions and activities are counted for the account, too
		return `metric = ? AND qualifier = '' AND dimension IN (?, ?)`, append(args, byStateMachine, byActivity), true
	case 1:
	case 2:
		rest := maps.Clone(m.Dimensions)
		delete(rest, byStateMachine)
		for name, value := range rest {
			qualifier = name + "=" + value
		}
		if len(rest) != 1 {
			return "", nil, false
		}
		m.Dimensions = map[string]string{byStateMachine: m.Dimensions[byStateMachine]}
	default:
		return "", nil, false
	}
	for name, value := range m.Dimensions {
		args = append(args, name, value, qualifier)
	}
	return `metric = ? AND dimension = ? AND resource = ? AND qualifier = ?`, args, true
}

// MetricFilter narrows the list of metrics; what is empty does not narrow.
type MetricFilter struct {
	Name       string
	Dimensions map[string]string // of those that the metric has; an empty value is any
	Since      time.Time         // that it had a value, or later
	After      int64             // the id of the last metric of the page before
}

// Metrics lists the metrics that have values, with the id of the last if there are more.
func (s *Store) Metrics(ctx context.Context, f MetricFilter, limit int) (metrics []Metric, next int64, err error) {
	if err := s.countUp(ctx, true); err != nil {
		return nil, 0, err
	}
	q := s.read(ctx).Table("metric_series").Select("id, metric, dimension, resource, qualifier").Where("id > ?", f.After).
		Where("EXISTS (SELECT 1 FROM metric_minutes WHERE series_id = id AND minute >= ?)", f.Since.Unix()/60)
	if f.Name != "" {
		q = q.Where("metric = ?", f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Dimensions)) {
		switch value := f.Dimensions[name]; {
		case name == byStateMachine || name == byActivity || name == byFunction || name == byIntegration:
			q = q.Where("dimension = ?", name)
			if value != "" {
				q = q.Where("resource = ?", value)
			}
		case value != "":
			q = q.Where("qualifier = ?", name+"="+value)
		default:
			q = q.Where("qualifier >= ? AND qualifier < ?", name+"=", name+"="+afterAllNames)
		}
	}
	var rows []struct {
		ID                                     int64
		Metric, Dimension, Resource, Qualifier string
	}
	if err := q.Order("id").Limit(limit + 1).Scan(&rows).Error; err != nil {
		return nil, 0, fmt.Errorf("list metrics: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	for _, r := range rows {
		m := Metric{r.Metric, map[string]string{r.Dimension: r.Resource}}
		if name, value, ok := strings.Cut(r.Qualifier, "="); ok {
			m.Dimensions[name] = value
		}
		metrics = append(metrics, m)
	}
	return metrics, next, nil
}
