package models

// built_in is the definition that the program itself has registered last for a state machine,
// NULL for those that people make. While it is the present definition nobody has changed it.
var migration0010BuiltIn = migrationOf("0010_built_in",
	`ALTER TABLE machines ADD COLUMN built_in blob`,
)
