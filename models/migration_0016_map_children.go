package models

// Children of Map Runs, of which one Map may have ten thousand, are listed with their Map Run and
// stay out of every other list: each execution stands in one index of either pair.
var migration0016MapChildren = migrationOf("0016_map_children",
	`DROP INDEX executions_status`,
	`DROP INDEX executions_started`,
	`CREATE INDEX executions_status ON executions (status, started_at) WHERE map_run = ''`,
	`CREATE INDEX executions_started ON executions (started_at) WHERE map_run = ''`,
	`CREATE INDEX executions_mapped ON executions (started_at) WHERE map_run <> ''`,
)
