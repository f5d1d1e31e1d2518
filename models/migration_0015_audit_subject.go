package models

// What was done to one thing is found among everything that was ever done.
var migration0015AuditSubject = migrationOf("0015_audit_subject",
	`CREATE INDEX audit_entries_subject ON audit_entries (subject, at, id)`,
)
