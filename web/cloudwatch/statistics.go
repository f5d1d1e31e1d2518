package cloudwatch

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/models"
)

// statesNamespace is the only one that holds anything.
const statesNamespace = "AWS/States"

const (
	mostPoints     = 1440
	mostDimensions = 30
	mostStatistics = 10
)

// statistic is one figure made of the values of a period.
type statistic struct {
	name string
	of   func(models.MetricStat) float64
}

var statistics = []statistic{
	{"SampleCount", func(s models.MetricStat) float64 { return float64(s.Samples) }},
	{"Sum", func(s models.MetricStat) float64 { return float64(s.Sum) }},
	{"Average", func(s models.MetricStat) float64 { return float64(s.Sum) / float64(s.Samples) }},
	{"Minimum", func(s models.MetricStat) float64 { return float64(s.Low) }},
	{"Maximum", func(s models.MetricStat) float64 { return float64(s.High) }},
}

// statisticOf finds a statistic by its name: one of the five, or a percentile such as p99.9.
func statisticOf(name string) (statistic, bool) {
	if i := slices.IndexFunc(statistics, func(s statistic) bool { return s.name == name }); i >= 0 {
		return statistics[i], true
	}
	return percentileOf(name)
}

func percentileOf(name string) (statistic, bool) {
	rank, ok := strings.CutPrefix(name, "p")
	p, err := strconv.ParseFloat(rank, 64)
	if !ok || err != nil || strings.ContainsAny(rank, "+-eExXnN_") || p < 0 || p > 100 {
		return statistic{}, false
	}
	return statistic{name, func(s models.MetricStat) float64 { return s.Percentile(p) }}, true
}

// question is what the metrics are asked for.
type question struct {
	metric     models.Metric
	namespace  string
	unit       string
	from, to   time.Time
	period     time.Duration
	statistics []statistic // plain ones
	extended   []statistic
}

func (s *Service) getMetricStatistics(ctx context.Context, in members) (members, error) {
	q, err := s.statisticsQuestion(in)
	if err != nil {
		return nil, err
	}
	periods, err := s.ask(ctx, q, q.from)
	if err != nil {
		return nil, err
	}
	points := make([]any, len(periods))
	for i, p := range periods {
		point := members{"Timestamp": p.At, "Unit": unitOf(q.metric.Name)}
		for _, stat := range q.statistics {
			point[stat.name] = stat.of(p.MetricStat)
		}
		if len(q.extended) > 0 {
			ranks := table{}
			for _, stat := range q.extended {
				ranks[stat.name] = stat.of(p.MetricStat)
			}
			point["ExtendedStatistics"] = ranks
		}
		points[i] = point
	}
	return members{"Label": q.metric.Name, "Datapoints": points}, nil
}

func (s *Service) statisticsQuestion(in members) (q question, err error) {
	if q.namespace, err = in.required("Namespace"); err != nil {
		return q, err
	}
	if q.metric.Name, err = in.required("MetricName"); err != nil {
		return q, err
	}
	if q.metric.Dimensions, err = in.dimensions(mostDimensions, true); err != nil {
		return q, err
	}
	if err := q.span(in); err != nil {
		return q, err
	}
	if q.period, err = periodOf(in); err != nil {
		return q, err
	}
	if q.unit, err = in.text("Unit"); err != nil {
		return q, err
	}
	if err := q.figures(in); err != nil {
		return q, err
	}
	q.from = s.rounded(q.from)
	if n := (q.to.Sub(q.from) + q.period - 1) / q.period; n > mostPoints {
		return q, combination("You have requested up to %d datapoints, which exceeds the limit of %d. "+
			"You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, mostPoints)
	}
	return q, nil
}

func (q *question) span(in members) (err error) {
	if q.from, err = in.time("StartTime"); err != nil {
		return err
	}
	if q.to, err = in.time("EndTime"); err != nil {
		return err
	}
	if !q.from.Before(q.to) {
		return invalid("The parameter StartTime must be less than the parameter EndTime.")
	}
	return nil
}

// figures are the statistics that are asked for, plain or extended.
func (q *question) figures(in members) error {
	plain, err := in.texts("Statistics", len(statistics))
	if err != nil {
		return err
	}
	extended, err := in.texts("ExtendedStatistics", mostStatistics)
	switch {
	case err != nil:
		return err
	case len(plain) == 0 && len(extended) == 0:
		return combination("Specify either Statistics or ExtendedStatistics.")
	case len(plain) > 0 && len(extended) > 0:
		return combination("Specify either Statistics or ExtendedStatistics, and not both.")
	}
	for i, name := range plain {
		stat, ok := statisticOf(name)
		if _, percentile := percentileOf(name); !ok || percentile {
			return invalid("The value %s for parameter Statistics.member.%d is not supported.", name, i+1)
		}
		q.statistics = append(q.statistics, stat)
	}
	for i, name := range extended {
		stat, ok := percentileOf(name)
		if !ok {
			return invalid("The value %s for parameter ExtendedStatistics.member.%d is not supported.", name, i+1)
		}
		q.extended = append(q.extended, stat)
	}
	return nil
}

// periodOf is the period; values are kept by the minute, so that a shorter one is as good as
// a minute.
func periodOf(in members) (time.Duration, error) {
	seconds, err := in.number("Period")
	if err != nil {
		return 0, err
	}
	switch seconds {
	case 0:
		return 0, missing("Period")
	case 1, 5, 10, 20, 30:
		return time.Minute, nil
	}
	if seconds < 0 || seconds%60 != 0 || seconds > int64(longestPeriod/time.Second) {
		return 0, invalid("The parameter Period must be a multiple of 60.")
	}
	return time.Duration(seconds) * time.Second, nil
}

const longestPeriod = 455 * 24 * time.Hour // for which anything is kept

// rounded is where the first period begins: a whole minute, of longer ago a coarser one.
func (s *Service) rounded(from time.Time) time.Time {
	switch age := s.Now().Sub(from); {
	case age > 63*24*time.Hour:
		return from.Truncate(time.Hour)
	case age > 15*24*time.Hour:
		return from.Truncate(5 * time.Minute)
	}
	return from.Truncate(time.Minute)
}

// ask reads the values and gathers them in periods, the first of which begins at the given
// time. Periods without values are left out.
func (s *Service) ask(ctx context.Context, q question, first time.Time) ([]models.MetricPoint, error) {
	if q.namespace != statesNamespace || q.unit != "" && q.unit != unitOf(q.metric.Name) {
		return nil, nil
	}
	points, err := s.Store.MetricPoints(ctx, q.metric, q.from, q.to)
	if err != nil {
		return nil, err
	}
	var periods []models.MetricPoint
	for _, p := range points {
		if p.At.Before(q.from) || !p.At.Before(q.to) {
			continue
		}
		at := first.Add(p.At.Sub(first) / q.period * q.period)
		if last := len(periods) - 1; last >= 0 && periods[last].At.Equal(at) {
			periods[last].Merge(p.MetricStat)
			continue
		}
		periods = append(periods, models.MetricPoint{At: at, MetricStat: p.MetricStat})
	}
	slices.SortFunc(periods, func(a, b models.MetricPoint) int { return cmp.Compare(a.At.Unix(), b.At.Unix()) })
	return periods, nil
}

// unitOf is a metric's unit.
func unitOf(metric string) string {
	switch {
	case strings.HasSuffix(metric, "Time"), strings.HasSuffix(metric, "Duration"):
		return "Milliseconds"
	case strings.HasSuffix(metric, "Memory"):
		return "Megabytes"
	}
	return "Count"
}
