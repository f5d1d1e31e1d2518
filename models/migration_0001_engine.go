package models

// Executions, their history, and the definitions they follow.
//
// Times are Unix milliseconds. due_at is NULL for the many executions at which
// nobody need look, and its index leaves them out. The events of one commit share
// a row of history_events: events is a JSON array of those from first_id to last_id.
var migration0001Engine = migrationOf("0001_engine",
	`CREATE TABLE state_machines (
		machine    text    NOT NULL,
		version    bigint  NOT NULL,
		definition blob    NOT NULL,
		layout     blob,
		created_at bigint  NOT NULL,
		PRIMARY KEY (machine, version)
	)`,
	`CREATE TABLE executions (
		id            integer PRIMARY KEY,
		revision      bigint  NOT NULL,
		owner         text    NOT NULL,
		due_at        bigint,
		last_event_id bigint  NOT NULL,
		status        text    NOT NULL,
		machine       text    NOT NULL,
		name          text    NOT NULL,
		version       bigint  NOT NULL,
		started_at    bigint  NOT NULL,
		stopped_at    bigint,
		redrives      bigint  NOT NULL,
		redriven_at   bigint,
		error         text    NOT NULL,
		cause         text    NOT NULL,
		output        blob,
		input         blob    NOT NULL,
		snapshot      blob    NOT NULL
	)`,
	`CREATE UNIQUE INDEX executions_name ON executions (machine, name)`,
	`CREATE INDEX executions_due ON executions (due_at) WHERE due_at IS NOT NULL`,
	`CREATE INDEX executions_status ON executions (status, started_at)`,
	`CREATE INDEX executions_machine ON executions (machine, started_at)`,
	`CREATE INDEX executions_started ON executions (started_at)`,
	`CREATE TABLE history_events (
		id           integer PRIMARY KEY,
		execution_id bigint  NOT NULL,
		first_id     bigint  NOT NULL,
		last_id      bigint  NOT NULL,
		events       blob    NOT NULL
	)`,
	`CREATE UNIQUE INDEX history_events_execution ON history_events (execution_id, last_id)`,
	`CREATE TRIGGER history_events_append_only BEFORE UPDATE ON history_events
	BEGIN SELECT RAISE(ABORT, 'history is append-only'); END`,
)
