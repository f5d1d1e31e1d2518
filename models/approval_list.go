package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// Approval is a request for a decision and what has become of it.
type Approval struct {
	ID            string // stands in addresses
	OrderID       workflow.OrderID
	Execution     workflow.ExecutionID
	ExecutionName string
	Token         workflow.TaskToken // a secret: for completing the task, not for showing
	Amount        workflow.Money
	Reason        string // why a person must decide
	Status        workflow.ApprovalStatus
	OpenedAt      time.Time
	Deadline      time.Time // zero: none
	DecidedBy     string    // person; empty when nobody decided it
	DecidedByName string
	DecidedAt     time.Time // when it stopped being pending
	Comment       string

	CustomerID   string
	CustomerName string
	OrderedBy    string // the person who ordered, who may not decide; empty when nobody in our books
	Lines        int    // of the order
	Quantity     int64  // of all lines together
	PlacedAt     time.Time
}

type approvalRow struct {
	Record        approvalRecord `gorm:"embedded"`
	ExecutionName string
	DecidedByName string
	CustomerID    string
	CustomerName  string
	OrderedBy     string
	Lines         int
	Quantity      int64
	PlacedAt      stamp
}

// unknownDecider stands for whoever answered the task by its token and not in the inbox.
const unknownDecider = "Outside system"

const approvalColumns = `a.*, COALESCE(e.name, '') AS execution_name,
	COALESCE(d.name, CASE WHEN a.status IN ('APPROVED', 'REJECTED') THEN '` + unknownDecider + `' ELSE '' END) AS decided_by_name,
	COALESCE(o.customer_id, '') AS customer_id, COALESCE(o.customer_name, '') AS customer_name,
	COALESCE(o.placed_at, 0) AS placed_at, COALESCE(NULLIF(l.person_id, ''), c.id, '') AS ordered_by,
	(SELECT COUNT(*) FROM order_lines n WHERE n.order_id = a.order_id) AS lines,
	(SELECT COALESCE(SUM(n.quantity), 0) FROM order_lines n WHERE n.order_id = a.order_id) AS quantity`

func approvalRows(db *gorm.DB) *gorm.DB {
	return db.Table("approvals a").Select(approvalColumns).
		Joins("LEFT JOIN orders o ON o.id = a.order_id").
		Joins("LEFT JOIN order_placements l ON l.order_id = a.order_id").
		Joins("LEFT JOIN people c ON c.customer_id = o.customer_id AND c.customer_id <> ''").
		Joins("LEFT JOIN people d ON d.id = a.decided_by").
		Joins("LEFT JOIN executions e ON e.id = a.execution_id")
}

// notOrderedBy leaves out what the person ordered, under either name.
func notOrderedBy(db *gorm.DB, personID string) *gorm.DB {
	return db.Where("COALESCE(l.person_id, '') <> ? AND COALESCE(c.id, '') <> ?", personID, personID)
}

func (row approvalRow) approval() Approval {
	r := row.Record
	return Approval{
		ID: r.ID, OrderID: workflow.OrderID(r.OrderID), Execution: workflow.ExecutionID(r.ExecutionID),
		ExecutionName: row.ExecutionName, Token: workflow.TaskToken(r.Token),
		Amount: workflow.Money{Amount: r.Amount, Currency: r.Currency}, Reason: r.Reason,
		Status: workflow.ApprovalStatus(r.Status), OpenedAt: r.OpenedAt.Time(), Deadline: deadlineTime(r.Deadline),
		DecidedBy: r.DecidedBy, DecidedByName: row.DecidedByName, DecidedAt: r.DecidedAt.Time(), Comment: r.Comment,
		CustomerID: row.CustomerID, CustomerName: row.CustomerName, OrderedBy: row.OrderedBy,
		Lines: row.Lines, Quantity: row.Quantity, PlacedAt: row.PlacedAt.Time(),
	}
}

func approvals(rows []approvalRow) []Approval {
	list := make([]Approval, len(rows))
	for i, r := range rows {
		list[i] = r.approval()
	}
	return list
}

// Approval reads one approval, or workflow.ErrNotFound.
func (s *Store) Approval(ctx context.Context, id string) (Approval, error) {
	var r approvalRow
	if err := approvalRows(s.read(ctx)).Where("a.id = ?", id).Take(&r).Error; err != nil {
		return Approval{}, found("approval "+id, err)
	}
	return r.approval(), nil
}

// ApprovalsOf lists the approvals that an order has had, the newest first.
func (s *Store) ApprovalsOf(ctx context.Context, order workflow.OrderID) ([]Approval, error) {
	var rows []approvalRow
	err := approvalRows(s.read(ctx)).Where("a.order_id = ?", order).Order("a.opened_at DESC, a.id DESC").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list approvals of order %s: %w", order, err)
	}
	return approvals(rows), nil
}

// ApprovalsNeeding lists what waits for a decision that this person may take, the
// nearest deadline first and those without a deadline last.
func (s *Store) ApprovalsNeeding(ctx context.Context, personID string, limit int) ([]Approval, error) {
	return pendingApprovals(notOrderedBy(approvalRows(s.read(ctx)), personID), limit)
}

// PendingApprovals lists everything that waits for a decision, in the same order.
func (s *Store) PendingApprovals(ctx context.Context, limit int) ([]Approval, error) {
	return pendingApprovals(approvalRows(s.read(ctx)), limit)
}

func pendingApprovals(q *gorm.DB, limit int) ([]Approval, error) {
	var rows []approvalRow
	err := q.Where("a.status = ?", workflow.ApprovalPending).
		Order("a.deadline, a.id").Limit(Page{Limit: limit}.limit()).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list pending approvals: %w", err)
	}
	return approvals(rows), nil
}

// DecidedApprovals lists what no longer waits, the latest first.
func (s *Store) DecidedApprovals(ctx context.Context, page Page) ([]Approval, string, error) {
	var rows []approvalRow
	q := approvalRows(s.read(ctx)).Where("a.decided_at <> 0")
	if err := page.of(q, "a.decided_at", "a.id").Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list decided approvals: %w", err)
	}
	rows, next := cut(rows, page, func(r approvalRow) (stamp, string) { return r.Record.DecidedAt, r.Record.ID })
	return approvals(rows), next, nil
}

// ApprovalCounts says how much waits for whom.
type ApprovalCounts struct {
	Pending workflow.Count // all that wait for a decision
	NeedsMe workflow.Count // of those, how many the person may decide
}

// pendingCountedTo is how many pending approvals are looked at for being the person's own.
const pendingCountedTo = 1000

// The status stands in these texts, so that the partial index approvals_pending serves.
const (
	countPending = `SELECT count(*) FROM (SELECT 1 FROM approvals WHERE status = 'PENDING' LIMIT ?) AS first`
	countOwn     = `SELECT count(*) FROM (SELECT order_id FROM approvals WHERE status = 'PENDING' LIMIT ?) AS a
		LEFT JOIN orders o ON o.id = a.order_id LEFT JOIN order_placements l ON l.order_id = a.order_id
		WHERE l.person_id = ? OR o.customer_id = (SELECT customer_id FROM people WHERE id = ? AND customer_id <> '')`
)

// CountApprovals counts pending approvals, for everybody and for one person. What the person
// ordered is counted and taken off, because it is the smaller part.
func (s *Store) CountApprovals(ctx context.Context, personID string) (ApprovalCounts, error) {
	var n, own int64
	err := s.readRow(ctx, countPending, pendingCountedTo+1).Scan(&n)
	pending := countOf(n, pendingCountedTo)
	if err == nil && n > 0 && personID != "" {
		err = s.readRow(ctx, countOwn, pending.N, personID, personID).Scan(&own)
	}
	if err != nil {
		return ApprovalCounts{}, fmt.Errorf("count approvals: %w", err)
	}
	return ApprovalCounts{Pending: pending, NeedsMe: workflow.Count{N: max(pending.N-own, 0), More: pending.More}}, nil
}

// CountApprovalsDue counts pending approvals whose deadline comes before a time.
func (s *Store) CountApprovalsDue(ctx context.Context, before time.Time) (workflow.Count, error) {
	n, err := s.count(ctx, "SELECT 1 FROM approvals WHERE status = ? AND deadline < ?", workflow.ApprovalPending, stampOf(before))
	if err != nil {
		return n, fmt.Errorf("count approvals that are due: %w", err)
	}
	return n, nil
}
