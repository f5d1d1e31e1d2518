package models

// Child executions that go on of Map Runs that have ended are looked for again and again; those
// that go on are few.
var migration0018OpenChildren = migrationOf("0018_open_children",
	`CREATE INDEX executions_mapped_open ON executions (map_run) WHERE map_run <> '' AND status = 'RUNNING'`,
)
