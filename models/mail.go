package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// mailRecord is a mail in the outbox. DueAt is when it may be sent (again).
type mailRecord struct {
	ID        int64 `gorm:"primaryKey;autoIncrement"`
	Key       string
	OrderID   string
	Recipient string
	Subject   string
	Body      string
	At        stamp
	SentAt    stamp
	DueAt     stamp
	Attempts  int
	LastError string
}

func (mailRecord) TableName() string { return "outbox" }

// OutboxMail is a mail and what has become of it.
type OutboxMail struct {
	workflow.Mail
	ID        int64
	SentAt    time.Time // zero until a mail server has taken it
	Attempts  int
	LastError string
}

func (r mailRecord) mail() OutboxMail {
	return OutboxMail{
		Mail: workflow.Mail{
			Key: r.Key, OrderID: workflow.OrderID(r.OrderID), To: r.Recipient, Subject: r.Subject, Body: r.Body, At: r.At.Time(),
		},
		ID: r.ID, SentAt: r.SentAt.Time(), Attempts: r.Attempts, LastError: r.LastError,
	}
}

// PostMail puts a mail into the outbox; once per key.
func (s *Store) PostMail(m workflow.Mail) workflow.Effect {
	at := int64(stampOf(m.At))
	args := []any{m.Key, string(m.OrderID), m.To, m.Subject, m.Body, at, at}
	return effect{
		name:   "PostMail",
		topics: []string{TopicMail},
		rows:   func() []bulkRow { return []bulkRow{insertMails.row(args...)} },
		apply: func(tx *gorm.DB) error {
			_, err := insert(tx, `INSERT INTO outbox (key, order_id, recipient, subject, body, at, sent_at, due_at, attempts, last_error)
				VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, '') ON CONFLICT (key) DO NOTHING`, args...)
			if err != nil {
				return fmt.Errorf("post mail %s: %w", m.Key, err)
			}
			return nil
		},
	}
}

var insertMails = looseBulk(`key text, order_id text, recipient text, subject text, body text, at bigint, due_at bigint`,
	`INSERT INTO outbox (key, order_id, recipient, subject, body, at, sent_at, due_at, attempts, last_error)
	SELECT key, order_id, recipient, subject, body, at, 0, due_at, 0, '' FROM v ON CONFLICT (key) DO NOTHING`)

// Mails lists the outbox, the newest first; an order id narrows it.
func (s *Store) Mails(ctx context.Context, order workflow.OrderID, page Page) ([]OutboxMail, string, error) {
	q := s.read(ctx)
	if order != "" {
		q = q.Where("order_id = ?", order)
	}
	var rows []mailRecord
	if err := page.ofNumbers(q, "at", "id").Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list mails: %w", err)
	}
	rows, next := cut(rows, page, func(r mailRecord) (stamp, string) { return r.At, strconv.FormatInt(r.ID, 10) })
	return mails(rows), next, nil
}

// MailCounts says how many mails have not left the outbox.
type MailCounts struct {
	Unsent int64
	Failed int64 // of those, how many a mail server has refused or not answered for
}

// CountMails counts what is unsent.
func (s *Store) CountMails(ctx context.Context) (MailCounts, error) {
	var counts MailCounts
	// Two counts, each from a partial index of its own, so that no row is read.
	err := s.read(ctx).Raw(`SELECT (SELECT COUNT(*) FROM outbox WHERE sent_at = 0) AS unsent,
		(SELECT COUNT(*) FROM outbox WHERE sent_at = 0 AND last_error <> '') AS failed`).Scan(&counts).Error
	if err != nil {
		return MailCounts{}, fmt.Errorf("count mails: %w", err)
	}
	return counts, nil
}

func mails(rows []mailRecord) []OutboxMail {
	list := make([]OutboxMail, len(rows))
	for i, r := range rows {
		list[i] = r.mail()
	}
	return list
}

// Mail reads one mail, or workflow.ErrNotFound.
func (s *Store) Mail(ctx context.Context, id int64) (OutboxMail, error) {
	var r mailRecord
	if err := s.read(ctx).Where("id = ?", id).Take(&r).Error; err != nil {
		return OutboxMail{}, found("mail "+strconv.FormatInt(id, 10), err)
	}
	return r.mail(), nil
}

// ClaimMails takes up to limit unsent mails that are due, the oldest first. Nobody
// else gets them until the given time; whoever sends them calls MarkMailSent or
// MarkMailFailed. After a crash in between a mail is sent again.
func (s *Store) ClaimMails(ctx context.Context, until time.Time, limit int) ([]OutboxMail, error) {
	var rows []mailRecord
	err := s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		return tx.Raw(`UPDATE outbox SET due_at = ?, attempts = attempts + 1 WHERE id IN
			(SELECT id FROM outbox WHERE sent_at = 0 AND due_at <= ? ORDER BY due_at, id LIMIT ?`+s.dialect.claiming()+`) RETURNING *`,
			stampOf(until), stampOf(s.now()), limit).Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("claim mails: %w", err)
	}
	slices.SortFunc(rows, func(a, b mailRecord) int { return cmp.Compare(a.ID, b.ID) })
	return mails(rows), nil
}

// MarkMailSent notes that a mail server has taken the mail.
func (s *Store) MarkMailSent(ctx context.Context, id int64) error {
	return s.markMail(ctx, "UPDATE outbox SET sent_at = ?, last_error = '' WHERE id = ?", stampOf(s.now()), id)
}

// MarkMailFailed notes why a mail was not sent and when to try again.
func (s *Store) MarkMailFailed(ctx context.Context, id int64, reason string, again time.Time) error {
	return s.markMail(ctx, "UPDATE outbox SET last_error = ?, due_at = ? WHERE id = ? AND sent_at = 0", reason, stampOf(again), id)
}

func (s *Store) markMail(ctx context.Context, statement string, args ...any) error {
	return s.writeBlind(ctx, []string{TopicMail}, func(tx *gorm.DB) error {
		if err := tx.Exec(statement, args...).Error; err != nil {
			return fmt.Errorf("mark mail: %w", err)
		}
		return nil
	})
}
