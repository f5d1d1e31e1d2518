package models

// How often something was tried of late. full_at is when no attempt counts any more.
var migration0012Attempts = migrationOf("0012_attempts",
	`CREATE TABLE attempts (
		digest  text   PRIMARY KEY,
		full_at bigint NOT NULL
	)`,
	`CREATE INDEX attempts_full ON attempts (full_at)`,
)
