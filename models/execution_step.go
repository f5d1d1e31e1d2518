package models

import (
	"gorm.io/gorm"

	"countersign/workflow"
)

// step is what a commit does to its execution, ready to be written: the row, its history,
// the offers of its activities.
type step struct {
	commit *workflow.Commit
	first  int64    // id of the first event; 0: there is none
	events [][]byte // rows of the history
	tally  *tally
}

// perform writes the step. A refusal has written nothing.
func (p *step) perform(tx *gorm.DB) (refused, failed error) {
	if refused, failed := putExecution(tx, p.commit, p.first); refused != nil || failed != nil {
		return refused, wrapCommit(p.commit, failed)
	}
	var err error
	if p.tally.row, err = appendHistory(tx, p.commit, p.first, p.events); err == nil {
		err = putOffers(tx, p.commit)
	}
	return nil, wrapCommit(p.commit, err)
}

var (
	insertExecutions = strictBulk(`id bigint, owner text, due_at bigint, last_event_id bigint, status text, machine text, name text, version bigint,
		started_at bigint, stopped_at bigint, redrives bigint, redriven_at bigint, error text, cause text, output bytea, input bytea, snapshot bytea,
		type text, role_arn text, published bigint, alias text, parent_id bigint, parent_entry bigint, parent_attempt bigint, awaited boolean,
		map_run text, trace_header text, apart bigint`,
		`INSERT INTO executions (id, revision, owner, due_at, last_event_id, status, machine, name, version,
			started_at, stopped_at, redrives, redriven_at, error, cause, output, input, snapshot,
			type, role_arn, published, alias, parent_id, parent_entry, parent_attempt, awaited, map_run, trace_header, apart)
		SELECT id, 1, owner, due_at, last_event_id, status, machine, name, version,
			started_at, stopped_at, redrives, redriven_at, error, cause, output, input, snapshot,
			type, role_arn, published, alias, parent_id, parent_entry, parent_attempt, awaited, map_run, trace_header, apart FROM v
		ON CONFLICT DO NOTHING RETURNING id`)

	updateExecutions = strictBulk(`owner text, due_at bigint, events bigint, snapshot bytea,
		status text, stopped_at bigint, redrives bigint, redriven_at bigint, error text, cause text, output bytea,
		id bigint, revision bigint, holder text, last_event_id bigint`,
		`UPDATE executions e SET revision = e.revision + 1, owner = v.owner, due_at = v.due_at, last_event_id = e.last_event_id + v.events,
			snapshot = v.snapshot, status = v.status, stopped_at = v.stopped_at, redrives = v.redrives, redriven_at = v.redriven_at,
			error = v.error, cause = v.cause, output = v.output
		FROM v WHERE e.id = v.id AND e.revision = v.revision AND e.owner = v.holder
			AND e.last_event_id = COALESCE(v.last_event_id, e.last_event_id) RETURNING e.id`)

	insertHistory = looseBulk(`execution_id bigint, first_id bigint, last_id bigint, events bytea`,
		`INSERT INTO history_events (execution_id, first_id, last_id, events) SELECT * FROM v`)

	deleteOffers = looseBulk(`execution_id bigint, entry bigint`,
		`DELETE FROM offers o USING v WHERE o.execution_id = v.execution_id AND o.entry = v.entry`)

	insertOffers = looseBulk(`activity text, execution_id bigint, entry bigint, token text, scheduled_at bigint, input bytea`,
		`INSERT INTO offers (activity, execution_id, entry, token, scheduled_at, input) SELECT * FROM v`)
)

// rows is what perform writes when nothing is refused.
func (p *step) rows() []bulkRow {
	c := p.commit
	rows := make([]bulkRow, 0, 8)
	if c.Expect == 0 {
		rows = append(rows, insertExecutions.row(insertArgs(c)...))
	} else {
		rows = append(rows, updateExecutions.row(updateArgs(c, p.first)...))
	}
	id, last := int64(c.Info.ID), p.first+int64(len(c.Events))-1
	for i, events := range p.events {
		first := p.first + int64(i)*eventsPerRow
		rows = append(rows, insertHistory.row(id, first, min(first+eventsPerRow-1, last), events))
	}
	for _, entry := range c.Withdrawn {
		rows = append(rows, deleteOffers.row(id, int64(entry)))
	}
	for _, o := range c.Offers {
		rows = append(rows, insertOffers.row(offerArgs(o)...))
	}
	return rows
}
