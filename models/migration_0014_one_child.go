package models

// An attempt of a state has one child execution at most. The index says so, because of several
// processes each may look first and find none.
var migration0014OneChild = migrationOf("0014_one_child",
	`CREATE UNIQUE INDEX executions_child ON executions (parent_id, parent_entry, parent_attempt) WHERE parent_id <> 0 AND map_run = ''`,
)
