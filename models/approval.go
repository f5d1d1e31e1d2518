package models

import (
	"crypto/rand"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

type approvalRecord struct {
	ID          string `gorm:"primaryKey"`
	OrderID     string
	ExecutionID int64
	Token       string
	Amount      int64
	Currency    string
	Reason      string
	Status      string
	OpenedAt    stamp
	Deadline    stamp // noDeadline: none
	DecidedBy   string
	DecidedAt   stamp // when it stopped being pending, whoever or whatever ended it
	Comment     string
}

func (approvalRecord) TableName() string { return "approvals" }

// noDeadline is later than any other, so that what has none comes last in an index.
const noDeadline = stamp(1) << 62

func deadlineOf(t time.Time) stamp {
	if t.IsZero() {
		return noDeadline
	}
	return stampOf(t)
}

func deadlineTime(s stamp) time.Time {
	if s == noDeadline {
		return time.Time{}
	}
	return s.Time()
}

// OpenApproval asks for a decision; asking again for the same token changes
// nothing. Refused when the customer has asked to cancel: nobody would end that
// wait. A new token replaces an older request of the same order that is pending.
func (s *Store) OpenApproval(a workflow.ApprovalRequest) workflow.Effect {
	// Random, because it stands in addresses: nobody finds an approval by counting.
	id := rand.Text()
	return effect{
		name:   "OpenApproval",
		topics: append(orderTopics(a.OrderID), TopicInbox),
		rows: func() []bulkRow {
			order, token, opened := string(a.OrderID), string(a.Token), int64(stampOf(a.OpenedAt))
			return []bulkRow{
				askForApproval.row(order, opened), replaceApprovals.row(order, token, opened),
				insertApprovals.row(id, order, int64(a.Execution), token, a.Amount.Amount, a.Amount.Currency, a.Reason, opened, int64(deadlineOf(a.Deadline))),
			}
		},
		apply: func(tx *gorm.DB) error {
			// Writes to the order's row, as RequestCancel does, so that one of the two comes first.
			opened := int64(stampOf(a.OpenedAt))
			n, err := exec(tx, "UPDATE orders SET updated_at = ? WHERE id = ? AND cancel_requested = ?", opened, string(a.OrderID), false)
			if err != nil {
				return fmt.Errorf("open approval of order %s: %w", a.OrderID, err)
			}
			if n == 0 {
				return refuse("order %s is to be cancelled, or there is none", a.OrderID)
			}
			_, err = exec(tx, "UPDATE approvals SET status = ?, decided_at = ? WHERE order_id = ? AND status = ? AND token <> ?",
				string(workflow.ApprovalCancelled), opened, string(a.OrderID), string(workflow.ApprovalPending), string(a.Token))
			if err != nil {
				return fmt.Errorf("replace approval of order %s: %w", a.OrderID, err)
			}
			_, err = insert(tx, `INSERT INTO approvals (id, order_id, execution_id, token, amount, currency, reason, status,
				opened_at, deadline, decided_by, decided_at, comment)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, '') ON CONFLICT (token) DO NOTHING`,
				id, string(a.OrderID), int64(a.Execution), string(a.Token), a.Amount.Amount, a.Amount.Currency, a.Reason,
				string(workflow.ApprovalPending), opened, int64(deadlineOf(a.Deadline)))
			if err != nil {
				return fmt.Errorf("open approval of order %s: %w", a.OrderID, err)
			}
			return nil
		},
	}
}

// The statements of OpenApproval and CloseApproval for many orders.
var (
	askForApproval = strictBulk(`id text, at bigint`,
		`UPDATE orders o SET updated_at = v.at FROM v WHERE o.id = v.id AND NOT o.cancel_requested RETURNING o.id`)
	replaceApprovals = looseBulk(`order_id text, token text, at bigint`,
		`UPDATE approvals a SET status = '`+string(workflow.ApprovalCancelled)+`', decided_at = v.at FROM v
		WHERE a.order_id = v.order_id AND a.status = '`+string(workflow.ApprovalPending)+`' AND a.token <> v.token`)
	insertApprovals = looseBulk(`id text, order_id text, execution_id bigint, token text, amount bigint, currency text, reason text,
		opened_at bigint, deadline bigint`,
		`INSERT INTO approvals (id, order_id, execution_id, token, amount, currency, reason, status, opened_at, deadline, decided_by, decided_at, comment)
		SELECT id, order_id, execution_id, token, amount, currency, reason, '`+string(workflow.ApprovalPending)+`', opened_at, deadline, '', 0, '' FROM v
		ON CONFLICT (token) DO NOTHING`)
	closeApprovals = looseBulk(`status text, at bigint, order_id text, execution_id bigint`,
		`UPDATE approvals a SET status = v.status, decided_at = v.at FROM v
		WHERE a.order_id = v.order_id AND a.execution_id = v.execution_id AND a.status = '`+string(workflow.ApprovalPending)+`'`)
)

// CloseApproval ends a pending approval that an execution, or any when that is 0, has asked
// for and nobody decided; nothing when none is pending.
func (s *Store) CloseApproval(id workflow.OrderID, by workflow.ExecutionID, as workflow.ApprovalStatus, at time.Time) workflow.Effect {
	e := effect{
		name:   "CloseApproval " + string(as),
		topics: append(orderTopics(id), TopicInbox),
		apply: func(tx *gorm.DB) error {
			_, err := exec(tx, "UPDATE approvals SET status = ?, decided_at = ? WHERE order_id = ? AND (execution_id = ? OR CAST(? AS bigint) = 0) AND status = ?",
				string(as), int64(stampOf(at)), string(id), int64(by), int64(by), string(workflow.ApprovalPending))
			if err != nil {
				return fmt.Errorf("close approval of order %s: %w", id, err)
			}
			return nil
		},
	}
	if by != 0 {
		e.rows = func() []bulkRow {
			return []bulkRow{closeApprovals.row(string(as), int64(stampOf(at)), string(id), int64(by))}
		}
	}
	return e
}

// Decision is a person's verdict on an approval.
type Decision struct {
	ApprovalID string
	OrderID    workflow.OrderID // whose pages are told
	By         string           // person
	Verdict    workflow.ApprovalStatus
	Comment    string
	At         time.Time
}

// DecideApproval is one conditional write. Refused unless the approval is pending,
// its deadline has not passed, and the person exists, may sign in, is an approver
// or administrator and is not the one who ordered. Whoever is refused reads the
// approval again to learn which of these it was.
func (s *Store) DecideApproval(d Decision) workflow.Effect {
	return effect{
		name:   "DecideApproval " + string(d.Verdict),
		topics: append(orderTopics(d.OrderID), TopicInbox),
		apply: func(tx *gorm.DB) error {
			if d.Verdict != workflow.ApprovalApproved && d.Verdict != workflow.ApprovalRejected {
				return fmt.Errorf("decide approval %s: %s is not a verdict", d.ApprovalID, d.Verdict)
			}
			at := stampOf(d.At)
			res := tx.Exec(`UPDATE approvals SET status = ?, decided_by = ?, decided_at = ?, comment = ?
				WHERE id = ? AND status = ? AND deadline > ?
				AND EXISTS (SELECT 1 FROM people WHERE id = ? AND disabled = ?
					AND (',' || roles || ',' LIKE '%,approver,%' OR ',' || roles || ',' LIKE '%,administrator,%'))
				AND NOT EXISTS (SELECT 1 FROM orders o JOIN people p ON p.customer_id = o.customer_id AND p.customer_id <> ''
					WHERE o.id = approvals.order_id AND p.id = ?)
				AND NOT EXISTS (SELECT 1 FROM order_placements l WHERE l.order_id = approvals.order_id AND l.person_id = ?)`,
				d.Verdict, d.By, at, d.Comment, d.ApprovalID, workflow.ApprovalPending, at, d.By, false, d.By, d.By)
			if res.Error != nil {
				return fmt.Errorf("decide approval %s: %w", d.ApprovalID, res.Error)
			}
			if res.RowsAffected == 0 {
				return refuse("approval %s is not to be decided by %s now", d.ApprovalID, d.By)
			}
			return addAudit(tx, AuditEntry{
				At: d.At, PersonID: d.By, Action: auditVerdict(d.Verdict), Subject: "order " + string(d.OrderID), Detail: d.Comment,
			})
		},
	}
}

func auditVerdict(v workflow.ApprovalStatus) string {
	if v == workflow.ApprovalApproved {
		return AuditApproved
	}
	return AuditRejected
}
