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

const (
	historyAtOnce = `INSERT INTO history_events (execution_id, first_id, last_id, events)
		SELECT id, CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bytea) FROM written`
	insertAtOnce = `WITH written AS (` + insertExecution + ` RETURNING id) ` + historyAtOnce
	updateAtOnce = `WITH written AS (` + updateExecution + ` RETURNING id) ` + historyAtOnce
)

// atOnce is the step as one statement, for a database that takes the row and the history
// in one; it affects a row unless the step is refused, or is to be performed otherwise. It
// is empty when there is more to write than a row of history.
func (p *step) atOnce() (query string, args []any) {
	c := p.commit
	if len(p.events) != 1 || len(c.Offers)+len(c.Withdrawn) > 0 {
		return "", nil
	}
	query, args = updateAtOnce, updateArgs(c, p.first)
	if c.Expect == 0 {
		query, args = insertAtOnce, insertArgs(c)
	}
	return query, append(args, p.first, p.first+int64(len(c.Events))-1, p.events[0])
}
