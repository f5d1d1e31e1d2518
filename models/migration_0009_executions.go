package models

// What the Step Functions API lists executions by, and the tokens that make a redrive happen
// once. The indexes leave out what there is most of, so that an execution that succeeds and
// was started by no version or alias costs nothing.
var migration0009Executions = migrationOf("0009_executions",
	`CREATE INDEX executions_version ON executions (machine, published, started_at) WHERE published <> 0`,
	`CREATE INDEX executions_alias ON executions (machine, alias, started_at) WHERE alias <> ''`,
	`CREATE INDEX executions_unsuccessful ON executions (machine, status, started_at)
		WHERE status IN ('FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE')`,
	`CREATE INDEX executions_redriven ON executions (machine, started_at) WHERE redrives > 0`,
	`CREATE TABLE redrive_tokens (
		execution_id bigint NOT NULL,
		token        text   NOT NULL,
		at           bigint NOT NULL,
		PRIMARY KEY (execution_id, token)
	)`,
)
