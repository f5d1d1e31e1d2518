package models

// own marks the revisions that the program itself has registered: their tasks call its own
// functions.
var migration0011OwnRevisions = migrationOf("0011_own_revisions",
	`ALTER TABLE state_machines ADD COLUMN own boolean NOT NULL DEFAULT FALSE`,
)
