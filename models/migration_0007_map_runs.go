package models

// Map Runs and what their child executions are started with. An item that was started
// has an execution and gives up its input, which that execution keeps.
var migration0007MapRuns = migrationOf("0007_map_runs",
	`CREATE TABLE map_runs (
		id                           integer PRIMARY KEY,
		arn                          text    NOT NULL UNIQUE,
		execution_id                 bigint  NOT NULL,
		entry                        bigint  NOT NULL,
		machine                      text    NOT NULL,
		label                        text    NOT NULL,
		status                       text    NOT NULL,
		started_at                   bigint  NOT NULL,
		stopped_at                   bigint  NOT NULL,
		redrives                     bigint  NOT NULL,
		redriven_at                  bigint  NOT NULL,
		max_concurrency              bigint  NOT NULL,
		tolerated_failure_count      bigint  NOT NULL,
		tolerated_failure_percentage double precision NOT NULL,
		sealed                       boolean NOT NULL,
		items                        bigint  NOT NULL,
		executions                   bigint  NOT NULL,
		results_written              bigint  NOT NULL
	)`,
	`CREATE INDEX map_runs_execution ON map_runs (execution_id, started_at)`,
	`CREATE INDEX map_runs_open ON map_runs (id) WHERE status = 'RUNNING'`,
	`CREATE TABLE map_items (
		map_run_id   bigint NOT NULL,
		position     bigint NOT NULL,
		items        bigint NOT NULL,
		execution_id bigint,
		input        blob,
		PRIMARY KEY (map_run_id, position)
	)`,
	`CREATE INDEX map_items_waiting ON map_items (map_run_id, position) WHERE execution_id IS NULL`,
	`CREATE INDEX map_items_execution ON map_items (execution_id) WHERE execution_id IS NOT NULL`,
)
