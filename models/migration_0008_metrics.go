package models

// What happened in each minute, added up from the history as CloudWatch would have it.
//
// metric_progress says up to which row of history_events has been counted; it moves in
// the transaction that writes what was counted. minute is the start of a span of time in
// minutes since 1970: spans are a minute long and grow with age, see metric_age.go.
// buckets are the values' distribution, see metric_stat.go; NULL for counts.
var migration0008Metrics = migrationOf("0008_metrics",
	`CREATE TABLE metric_series (
		id        integer PRIMARY KEY,
		metric    text NOT NULL,
		dimension text NOT NULL,
		resource  text NOT NULL,
		qualifier text NOT NULL
	)`,
	`CREATE UNIQUE INDEX metric_series_name ON metric_series (metric, dimension, resource, qualifier)`,
	`CREATE TABLE metric_minutes (
		series_id bigint  NOT NULL REFERENCES metric_series (id),
		minute    bigint  NOT NULL,
		samples   bigint  NOT NULL,
		total     bigint  NOT NULL,
		low       bigint  NOT NULL,
		high      bigint  NOT NULL,
		buckets   blob,
		PRIMARY KEY (series_id, minute)
	)`,
	`CREATE TABLE metric_progress (
		id         integer PRIMARY KEY CHECK (id = 1),
		counted_to bigint  NOT NULL
	)`,
	`INSERT INTO metric_progress (id, counted_to) VALUES (1, 0)`,
)
