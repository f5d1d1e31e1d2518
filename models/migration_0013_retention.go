package models

// leaving are executions that are gone but for their histories and Map Runs, which are too long
// to be deleted at once.
var migration0013Retention = migrationOf("0013_retention",
	`CREATE TABLE leaving (
		execution_id integer PRIMARY KEY
	)`,
)
