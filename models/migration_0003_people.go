package models

// Who may do what, what they have set, and what they did; the sandbox parties' ledgers.
var migration0003People = migrationOf("0003_people",
	`CREATE TABLE people (
		id             text    PRIMARY KEY,
		name           text    NOT NULL,
		email          text    NOT NULL UNIQUE,
		customer_id    text    NOT NULL,
		roles          text    NOT NULL,
		password_hash  text    NOT NULL,
		demo           boolean NOT NULL,
		disabled       boolean NOT NULL,
		street         text    NOT NULL,
		city           text    NOT NULL,
		postcode       text    NOT NULL,
		country        text    NOT NULL,
		card_brand     text    NOT NULL,
		card_last_four text    NOT NULL,
		card_token     text    NOT NULL,
		created_at     bigint  NOT NULL,
		credentials_at bigint  NOT NULL,
		signed_in_at   bigint  NOT NULL
	)`,
	`CREATE UNIQUE INDEX people_customer ON people (customer_id) WHERE customer_id <> ''`,
	`CREATE TABLE api_keys (
		id           text   PRIMARY KEY,
		person_id    text   NOT NULL REFERENCES people (id),
		name         text   NOT NULL,
		prefix       text   NOT NULL,
		digest       text   NOT NULL UNIQUE,
		created_at   bigint NOT NULL,
		last_used_at bigint NOT NULL,
		revoked_at   bigint NOT NULL
	)`,
	`CREATE INDEX api_keys_person ON api_keys (person_id)`,
	`CREATE TABLE sessions (
		digest text   PRIMARY KEY,
		data   blob   NOT NULL,
		expiry bigint NOT NULL
	)`,
	`CREATE INDEX sessions_expiry ON sessions (expiry)`,
	`CREATE TABLE settings (
		key        text   PRIMARY KEY,
		value      text   NOT NULL,
		updated_at bigint NOT NULL,
		updated_by text   NOT NULL
	)`,
	`CREATE TABLE audit_entries (
		id        integer PRIMARY KEY,
		at        bigint  NOT NULL,
		person_id text    NOT NULL,
		action    text    NOT NULL,
		subject   text    NOT NULL,
		detail    text    NOT NULL
	)`,
	`CREATE INDEX audit_entries_at ON audit_entries (at, id)`,
	`CREATE INDEX audit_entries_person ON audit_entries (person_id, at)`,
	`CREATE TRIGGER audit_entries_not_changed BEFORE UPDATE ON audit_entries
	BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
	`CREATE TRIGGER audit_entries_not_deleted BEFORE DELETE ON audit_entries
	BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
	`CREATE TABLE sandbox_entries (
		party      text   NOT NULL,
		key        text   NOT NULL,
		value      blob   NOT NULL,
		created_at bigint NOT NULL,
		updated_at bigint NOT NULL,
		PRIMARY KEY (party, key)
	)`,
	`CREATE INDEX sandbox_entries_updated ON sandbox_entries (party, updated_at)`,
)
