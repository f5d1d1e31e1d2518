package cloudwatch

import (
	"context"
	"strings"

	"countersign/models"
)

// maxQueries is how many metrics one GetMetricData may ask for.
const maxQueries = 500

// getMetricData reads several metrics at once. Expressions are refused: metric math is not
// offered.
func (s *Service) getMetricData(ctx context.Context, in members) (members, error) {
	var span question
	if err := span.span(in); err != nil {
		return nil, err
	}
	queries, err := in.structures("MetricDataQueries", maxQueries)
	if err != nil {
		return nil, err
	}
	if len(queries) == 0 {
		return nil, missing("MetricDataQueries")
	}
	order, err := in.text("ScanBy")
	if err != nil {
		return nil, err
	}
	if order != "" && order != "TimestampAscending" && order != "TimestampDescending" {
		return nil, invalid("The value %s for parameter ScanBy is not supported.", order)
	}
	page, err := dataPageOf(in, len(queries))
	if err != nil {
		return nil, err
	}
	page.ascending = order == "TimestampAscending"
	results := []any{}
	seen := map[string]bool{}
	for i, query := range queries {
		id, err := query.required("Id")
		if err != nil {
			return nil, err
		}
		if seen[id] {
			return nil, invalid("The values for parameter id in MetricDataQueries must be unique: %s.", id)
		}
		seen[id] = true
		page.query = i
		result, err := s.queryResult(ctx, query, span, page)
		if err != nil {
			return nil, err
		}
		if result != nil {
			result["Id"] = id
			results = append(results, result)
		}
	}
	out := members{"MetricDataResults": results, "Messages": []any{}}
	if page.next != "" {
		out["NextToken"] = page.next
	}
	return out, nil
}

// queryResult is nil when the query wants nothing returned.
func (s *Service) queryResult(ctx context.Context, query members, q question, page *dataPage) (members, error) {
	stat, ok := asMembers(query["MetricStat"])
	if !ok {
		return nil, invalid("Only queries with a MetricStat are answered here; metric math is not offered.")
	}
	metric, ok := asMembers(stat["Metric"])
	if !ok {
		return nil, missing("MetricStat.Metric")
	}
	wanted, err := query.flag("ReturnData", true)
	if err != nil {
		return nil, err
	}
	if q.namespace, err = metric.required("Namespace"); err != nil {
		return nil, err
	}
	if q.metric.Name, err = metric.required("MetricName"); err != nil {
		return nil, err
	}
	if q.metric.Dimensions, err = metric.dimensions(mostDimensions, true); err != nil {
		return nil, err
	}
	if q.period, err = periodOf(stat); err != nil {
		return nil, err
	}
	if q.unit, err = stat.text("Unit"); err != nil {
		return nil, err
	}
	name, err := stat.required("Stat")
	if err != nil {
		return nil, err
	}
	figure, ok := statisticOf(name)
	if !ok {
		return nil, invalid("The value %s for parameter MetricStat.Stat is not supported.", name)
	}
	label, err := query.text("Label")
	if err != nil || !wanted || page.done() {
		return nil, err
	}
	if label == "" {
		label = strings.TrimSpace(q.metric.Name)
	}
	q.from = q.from.Truncate(q.period) // periods are those of the clock, unlike GetMetricStatistics'
	code := "PartialData"
	var periods []models.MetricPoint
	if !page.full() {
		if periods, err = s.ask(ctx, q, q.from); err != nil {
			return nil, err
		}
		periods = page.take(periods)
	}
	if !page.full() {
		code = "Complete"
	}
	times, values := make([]any, len(periods)), make([]any, len(periods))
	for i, p := range periods {
		times[i], values[i] = p.At, figure.of(p.MetricStat)
	}
	return members{"Label": label, "Timestamps": times, "Values": values, "StatusCode": code}, nil
}
