package models

// The shop's own books: catalogue and stock, orders, money, shipments, mail.
//
// Times are Unix milliseconds, 0 for never; money is in minor units. A foreign key
// stands where the row it points to is always written first.
var migration0002Books = migrationOf("0002_books",
	`CREATE TABLE items (
		id       text   PRIMARY KEY,
		position bigint NOT NULL,
		name     text   NOT NULL,
		summary  text   NOT NULL,
		picture  text   NOT NULL,
		price    bigint NOT NULL,
		currency text   NOT NULL,
		on_hand  bigint NOT NULL,
		reserved bigint NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand)
	)`,
	`CREATE TABLE stock_movements (
		id              integer PRIMARY KEY,
		item_id         text    NOT NULL REFERENCES items (id),
		on_hand_change  bigint  NOT NULL,
		reserved_change bigint  NOT NULL,
		reason          text    NOT NULL,
		note            text    NOT NULL,
		order_id        text    NOT NULL,
		person_id       text    NOT NULL,
		at              bigint  NOT NULL
	)`,
	`CREATE INDEX stock_movements_item ON stock_movements (item_id, at, id)`,
	`CREATE TABLE orders (
		id               text    PRIMARY KEY,
		customer_id      text    NOT NULL,
		customer_name    text    NOT NULL,
		customer_email   text    NOT NULL,
		ship_name        text    NOT NULL,
		ship_street      text    NOT NULL,
		ship_city        text    NOT NULL,
		ship_postcode    text    NOT NULL,
		ship_country     text    NOT NULL,
		card_brand       text    NOT NULL,
		card_last_four   text    NOT NULL,
		card_token       text    NOT NULL,
		total            bigint  NOT NULL,
		currency         text    NOT NULL,
		status           text    NOT NULL,
		reason           text    NOT NULL,
		attention        boolean NOT NULL,
		cancel_requested boolean NOT NULL,
		execution_id     bigint  NOT NULL,
		placed_at        bigint  NOT NULL,
		updated_at       bigint  NOT NULL,
		shipped_at       bigint  NOT NULL,
		closed_at        bigint  NOT NULL
	)`,
	`CREATE INDEX orders_customer ON orders (customer_id, placed_at, id)`,
	`CREATE INDEX orders_placed ON orders (placed_at, id)`,
	`CREATE INDEX orders_status ON orders (status, placed_at, id)`,
	`CREATE INDEX orders_attention ON orders (placed_at, id) WHERE attention`,
	`CREATE TABLE order_lines (
		order_id   text   NOT NULL REFERENCES orders (id),
		position   bigint NOT NULL,
		item_id    text   NOT NULL,
		name       text   NOT NULL,
		quantity   bigint NOT NULL,
		unit_price bigint NOT NULL,
		currency   text   NOT NULL,
		PRIMARY KEY (order_id, position)
	)`,
	`CREATE TABLE order_placements (
		order_id     text PRIMARY KEY,
		order_key    text UNIQUE,
		person_id    text NOT NULL,
		content_hash text NOT NULL
	)`,
	`CREATE INDEX order_placements_person ON order_placements (person_id)`,
	`CREATE TABLE reservations (
		order_id text   NOT NULL,
		item_id  text   NOT NULL REFERENCES items (id),
		quantity bigint NOT NULL CHECK (quantity > 0),
		state    text   NOT NULL,
		at       bigint NOT NULL,
		PRIMARY KEY (order_id, item_id)
	)`,
	`CREATE INDEX reservations_held ON reservations (item_id) WHERE state = 'HELD'`,
	`CREATE TABLE payments (
		order_id      text   PRIMARY KEY,
		status        text   NOT NULL,
		authorised    bigint NOT NULL,
		captured      bigint NOT NULL,
		refunded      bigint NOT NULL,
		currency      text   NOT NULL,
		authorise_key text   NOT NULL,
		reference     text   NOT NULL,
		updated_at    bigint NOT NULL
	)`,
	`CREATE TABLE shipments (
		order_id        text   PRIMARY KEY REFERENCES orders (id),
		carrier         text   NOT NULL,
		tracking_number text   NOT NULL,
		parcels         bigint NOT NULL,
		booked_at       bigint NOT NULL
	)`,
	`CREATE TABLE approvals (
		id           text   PRIMARY KEY,
		order_id     text   NOT NULL,
		execution_id bigint NOT NULL,
		token        text   NOT NULL UNIQUE,
		amount       bigint NOT NULL,
		currency     text   NOT NULL,
		reason       text   NOT NULL,
		status       text   NOT NULL,
		opened_at    bigint NOT NULL,
		deadline     bigint NOT NULL,
		decided_by   text   NOT NULL,
		decided_at   bigint NOT NULL,
		comment      text   NOT NULL
	)`,
	`CREATE UNIQUE INDEX approvals_pending ON approvals (order_id) WHERE status = 'PENDING'`,
	`CREATE INDEX approvals_order ON approvals (order_id)`,
	`CREATE INDEX approvals_status ON approvals (status, deadline, id)`,
	`CREATE INDEX approvals_decided ON approvals (decided_at, id)`,
	`CREATE TABLE outbox (
		id         integer PRIMARY KEY,
		key        text    NOT NULL UNIQUE,
		order_id   text    NOT NULL,
		recipient  text    NOT NULL,
		subject    text    NOT NULL,
		body       text    NOT NULL,
		at         bigint  NOT NULL,
		sent_at    bigint  NOT NULL,
		due_at     bigint  NOT NULL,
		attempts   bigint  NOT NULL,
		last_error text    NOT NULL
	)`,
	`CREATE INDEX outbox_at ON outbox (at, id)`,
	`CREATE INDEX outbox_order ON outbox (order_id)`,
	`CREATE INDEX outbox_unsent ON outbox (due_at) WHERE sent_at = 0`,
)
