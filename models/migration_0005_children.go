package models

// What executions are started by, and the tasks that activities offer.
//
// A name belongs to one execution of a state machine alone, and apart is 0, while it is
// a STANDARD one and the state machine has not been deleted since; otherwise apart is
// the execution's id, which keeps it out of the way of others of that name.
var migration0005Children = migrationOf("0005_children",
	`ALTER TABLE executions ADD COLUMN type text NOT NULL DEFAULT 'STANDARD'`,
	`ALTER TABLE executions ADD COLUMN role_arn text NOT NULL DEFAULT ''`,
	`ALTER TABLE executions ADD COLUMN published bigint NOT NULL DEFAULT 0`,
	`ALTER TABLE executions ADD COLUMN alias text NOT NULL DEFAULT ''`,
	`ALTER TABLE executions ADD COLUMN parent_id bigint NOT NULL DEFAULT 0`,
	`ALTER TABLE executions ADD COLUMN parent_entry bigint NOT NULL DEFAULT 0`,
	`ALTER TABLE executions ADD COLUMN parent_attempt bigint NOT NULL DEFAULT 0`,
	`ALTER TABLE executions ADD COLUMN awaited boolean NOT NULL DEFAULT FALSE`,
	`ALTER TABLE executions ADD COLUMN map_run text NOT NULL DEFAULT ''`,
	`ALTER TABLE executions ADD COLUMN trace_header text NOT NULL DEFAULT ''`,
	`ALTER TABLE executions ADD COLUMN apart bigint NOT NULL DEFAULT 0`,
	`DROP INDEX executions_name`,
	`CREATE UNIQUE INDEX executions_name ON executions (machine, name, apart)`,
	`CREATE INDEX executions_parent ON executions (parent_id, parent_entry) WHERE parent_id <> 0`,
	`CREATE INDEX executions_map_run ON executions (map_run, started_at) WHERE map_run <> ''`,
	`CREATE TABLE offers (
		id           integer PRIMARY KEY,
		activity     text   NOT NULL,
		execution_id bigint NOT NULL,
		entry        bigint NOT NULL,
		token        text   NOT NULL,
		scheduled_at bigint NOT NULL,
		input        blob   NOT NULL
	)`,
	`CREATE INDEX offers_activity ON offers (activity, id)`,
	`CREATE UNIQUE INDEX offers_entry ON offers (execution_id, entry)`,
)
