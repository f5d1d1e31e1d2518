package models

// What leaves the process: functions that are reached by HTTP, topics and who gets what is
// published to them, and connections of http:invoke.
var migration0006Outgoing = migrationOf("0006_outgoing",
	`CREATE TABLE http_functions (
		name            text   PRIMARY KEY,
		url             text   NOT NULL,
		timeout_ms      bigint NOT NULL,
		secret          text   NOT NULL,
		previous_secret text   NOT NULL,
		rotated_at      bigint NOT NULL,
		created_at      bigint NOT NULL,
		updated_at      bigint NOT NULL,
		called_at       bigint NOT NULL,
		call_ms         bigint NOT NULL,
		call_error      text   NOT NULL
	)`,
	`CREATE TABLE topics (
		name       text   PRIMARY KEY,
		created_at bigint NOT NULL
	)`,
	`CREATE TABLE subscriptions (
		id              text   PRIMARY KEY,
		topic           text   NOT NULL REFERENCES topics (name),
		protocol        text   NOT NULL,
		endpoint        text   NOT NULL,
		secret          text   NOT NULL,
		previous_secret text   NOT NULL,
		rotated_at      bigint NOT NULL,
		created_at      bigint NOT NULL,
		UNIQUE (topic, protocol, endpoint)
	)`,
	`CREATE TABLE messages (
		id         text   PRIMARY KEY,
		topic      text   NOT NULL REFERENCES topics (name),
		subject    text   NOT NULL,
		body       text   NOT NULL,
		attributes text   NOT NULL,
		mails      bigint NOT NULL,
		at         bigint NOT NULL
	)`,
	`CREATE INDEX messages_topic ON messages (topic, at, id)`,
	`CREATE TABLE deliveries (
		id              integer PRIMARY KEY,
		message_id      text    NOT NULL REFERENCES messages (id),
		subscription_id text    NOT NULL REFERENCES subscriptions (id),
		due_at          bigint  NOT NULL,
		attempts        bigint  NOT NULL,
		delivered_at    bigint  NOT NULL,
		last_error      text    NOT NULL
	)`,
	`CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE due_at > 0`,
	`CREATE INDEX deliveries_message ON deliveries (message_id)`,
	`CREATE INDEX deliveries_subscription ON deliveries (subscription_id, id)`,
	`CREATE TABLE connections (
		id         text   PRIMARY KEY,
		name       text   NOT NULL UNIQUE,
		kind       text   NOT NULL,
		username   text   NOT NULL,
		secret     text   NOT NULL,
		token_url  text   NOT NULL,
		scope      text   NOT NULL,
		headers    text   NOT NULL,
		query      text   NOT NULL,
		body       text   NOT NULL,
		created_at bigint NOT NULL,
		updated_at bigint NOT NULL
	)`,
)
