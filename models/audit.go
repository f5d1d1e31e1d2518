package models

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// What people do that is written down.
const (
	AuditApproved         = "approved"
	AuditRejected         = "rejected"
	AuditCancelRequested  = "cancel requested"
	AuditSignedIn         = "signed in"
	AuditSignInFailed     = "sign-in failed"
	AuditStopped          = "stopped"
	AuditRedriven         = "redriven"
	AuditSettingsChanged  = "settings changed"
	AuditPersonChanged    = "person changed"
	AuditKeyMade          = "API key made"
	AuditKeyRevoked       = "API key revoked"
	AuditAccessKeyMade    = "access key made"
	AuditAccessKeyRevoked = "access key revoked"
	AuditStockChanged     = "stock changed"

	AuditExecutionStarted    = "execution started"
	AuditStateMachineMade    = "state machine made"
	AuditStateMachineChanged = "state machine changed"
	AuditStateMachineRemoved = "state machine deleted"
)

// auditRecord is never changed and never deleted; a trigger sees to it.
type auditRecord struct {
	ID       int64 `gorm:"primaryKey;autoIncrement"`
	At       stamp
	PersonID string
	Action   string
	Subject  string
	Detail   string
}

func (auditRecord) TableName() string { return "audit_entries" }

// AuditEntry says who did what, to what, when.
type AuditEntry struct {
	At         time.Time // absent: now
	PersonID   string    // empty: nobody who is known
	PersonName string    // as read; not stored
	Action     string    // one of the Audit constants
	Subject    string    // "order CS-1"
	Detail     string
}

func addAudit(tx *gorm.DB, e AuditEntry) error {
	err := tx.Create(&auditRecord{
		At: stampOf(e.At), PersonID: e.PersonID, Action: e.Action, Subject: e.Subject, Detail: e.Detail,
	}).Error
	if err != nil {
		return fmt.Errorf("write audit entry: %w", err)
	}
	return nil
}

// Audit writes down what a person did, together with the effects that do it.
func (s *Store) Audit(e AuditEntry) workflow.Effect {
	return effect{name: "Audit", apply: func(tx *gorm.DB) error { return s.audit(tx, e) }}
}

func (s *Store) audit(tx *gorm.DB, e AuditEntry) error {
	if e.At.IsZero() {
		e.At = s.now()
	}
	return addAudit(tx, e)
}

// RecordAudit writes down something that has no effect of its own, such as a sign-in.
func (s *Store) RecordAudit(ctx context.Context, e AuditEntry) error { return s.Apply(ctx, s.Audit(e)) }

// AuditFilter narrows the list; what is empty does not narrow.
type AuditFilter struct {
	PersonID string
	Action   string
	Subject  string
}

type auditRow struct {
	Record     auditRecord `gorm:"embedded"`
	PersonName string
}

// AuditEntries lists who did what, the latest first.
func (s *Store) AuditEntries(ctx context.Context, f AuditFilter, page Page) ([]AuditEntry, string, error) {
	q := s.read(ctx).Table("audit_entries a").Select("a.*, COALESCE(p.name, '') AS person_name").
		Joins("LEFT JOIN people p ON p.id = a.person_id")
	for column, value := range map[string]string{"a.person_id": f.PersonID, "a.action": f.Action, "a.subject": f.Subject} {
		if value != "" {
			q = q.Where(column+" = ?", value)
		}
	}
	var rows []auditRow
	if err := page.ofNumbers(q, "a.at", "a.id").Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list audit entries: %w", err)
	}
	rows, next := cut(rows, page, func(r auditRow) (stamp, string) { return r.Record.At, strconv.FormatInt(r.Record.ID, 10) })
	list := make([]AuditEntry, len(rows))
	for i, row := range rows {
		r := row.Record
		list[i] = AuditEntry{
			At: r.At.Time(), PersonID: r.PersonID, PersonName: row.PersonName, Action: r.Action, Subject: r.Subject, Detail: r.Detail,
		}
	}
	return list, next, nil
}
