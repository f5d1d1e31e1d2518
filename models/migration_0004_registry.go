package models

// State machines as the Step Functions API knows them, and the keys that its requests are
// signed with.
//
// A row of state_machines is a revision; a row of machines says which of them a state
// machine has now. Revisions outlive their state machine, because executions refer to them,
// and are counted on when one of the same name is made again.
var migration0004Registry = migrationOf("0004_registry",
	`ALTER TABLE state_machines ADD COLUMN revision_id text NOT NULL DEFAULT ''`,
	`ALTER TABLE state_machines ADD COLUMN role_arn text NOT NULL DEFAULT ''`,
	`ALTER TABLE state_machines ADD COLUMN logging blob`,
	`ALTER TABLE state_machines ADD COLUMN tracing blob`,
	`ALTER TABLE state_machines ADD COLUMN encryption blob`,
	`CREATE TABLE machines (
		name                text    PRIMARY KEY,
		type                text    NOT NULL,
		status              text    NOT NULL,
		version             bigint  NOT NULL,
		created_at          bigint  NOT NULL,
		deleting_at         bigint  NOT NULL,
		published           bigint  NOT NULL,
		created_published   boolean NOT NULL,
		created_description text    NOT NULL
	)`,
	`CREATE INDEX machines_deleting ON machines (deleting_at) WHERE deleting_at <> 0`,
	`INSERT INTO machines (name, type, status, version, created_at, deleting_at, published, created_published, created_description)
		SELECT machine, 'STANDARD', 'ACTIVE', max(version), min(created_at), 0, 0, FALSE, '' FROM state_machines GROUP BY machine`,
	`CREATE TABLE published_versions (
		machine     text   NOT NULL,
		number      bigint NOT NULL,
		version     bigint NOT NULL,
		description text   NOT NULL,
		created_at  bigint NOT NULL,
		PRIMARY KEY (machine, number)
	)`,
	`CREATE TABLE aliases (
		machine     text   NOT NULL,
		name        text   NOT NULL,
		description text   NOT NULL,
		created_at  bigint NOT NULL,
		updated_at  bigint NOT NULL,
		PRIMARY KEY (machine, name)
	)`,
	`CREATE TABLE alias_routes (
		machine text   NOT NULL,
		alias   text   NOT NULL,
		place   bigint NOT NULL,
		number  bigint NOT NULL,
		weight  bigint NOT NULL,
		PRIMARY KEY (machine, alias, place)
	)`,
	`CREATE INDEX alias_routes_version ON alias_routes (machine, number)`,
	`CREATE TABLE activities (
		name       text   PRIMARY KEY,
		encryption blob,
		created_at bigint NOT NULL
	)`,
	`CREATE TABLE tags (
		resource text   NOT NULL,
		key      text   NOT NULL,
		value    text   NOT NULL,
		place    bigint NOT NULL,
		PRIMARY KEY (resource, key)
	)`,
	`CREATE TABLE secrets (
		name  text PRIMARY KEY,
		value blob NOT NULL
	)`,
	`CREATE TABLE access_keys (
		id           text   PRIMARY KEY,
		person_id    text   NOT NULL REFERENCES people (id),
		name         text   NOT NULL,
		secret       text   NOT NULL,
		created_at   bigint NOT NULL,
		last_used_at bigint NOT NULL,
		revoked_at   bigint NOT NULL
	)`,
	`CREATE INDEX access_keys_person ON access_keys (person_id)`,
)
