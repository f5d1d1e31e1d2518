package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

type messageRecord struct {
	ID         string `gorm:"primaryKey"`
	Topic      string
	Subject    string
	Body       string
	Attributes string
	Mails      int64 // to how many subscribers by mail
	At         stamp
}

func (messageRecord) TableName() string { return "messages" }

func (r messageRecord) message() workflow.Message {
	m := workflow.Message{ID: r.ID, Topic: r.Topic, Subject: r.Subject, Body: r.Body, At: r.At.Time()}
	if r.Attributes != "" {
		m.Attributes = json.RawMessage(r.Attributes)
	}
	return m
}

// Publish writes a message, a delivery for each webhook and a mail for each address that
// are subscribed at that moment. A topic that is gone refuses it.
func (s *Store) Publish(m workflow.Message) workflow.Effect {
	return effect{
		name:   "Publish",
		topics: []string{TopicOutgoing, TopicDeliveries, TopicMail},
		needs:  lockChanges,
		apply:  func(tx *gorm.DB) error { return publish(tx, m) },
	}
}

func publish(tx *gorm.DB, m workflow.Message) error {
	at := stampOf(m.At)
	added, err := insert(tx, `INSERT INTO messages (id, topic, subject, body, attributes, mails, at)
		SELECT ?, name, ?, ?, ?, (SELECT COUNT(*) FROM subscriptions WHERE topic = ? AND protocol = ?), ? FROM topics WHERE name = ?
		ON CONFLICT (id) DO NOTHING`,
		m.ID, m.Subject, m.Body, string(m.Attributes), m.Topic, string(workflow.ProtocolEmail), at, m.Topic)
	if err != nil {
		return fmt.Errorf("publish to %s: %w", m.Topic, err)
	}
	if !added {
		return refuse("there is no topic %s", m.Topic)
	}
	err = tx.Exec(`INSERT INTO deliveries (message_id, subscription_id, due_at, attempts, delivered_at, last_error)
		SELECT ?, id, ?, 0, 0, '' FROM subscriptions WHERE topic = ? AND protocol = ? ORDER BY created_at, id`,
		m.ID, at, m.Topic, string(workflow.ProtocolWebhook)).Error
	if err != nil {
		return fmt.Errorf("publish to %s: %w", m.Topic, err)
	}
	err = tx.Exec(`INSERT INTO outbox (key, order_id, recipient, subject, body, at, sent_at, due_at, attempts, last_error)
		SELECT 'message/' || ? || '/' || id, '', endpoint, ?, ?, ?, 0, ?, 0, '' FROM subscriptions WHERE topic = ? AND protocol = ? ORDER BY created_at, id`,
		m.ID, m.MailSubject, m.MailBody, at, at, m.Topic, string(workflow.ProtocolEmail)).Error
	if err != nil {
		return fmt.Errorf("publish to %s: %w", m.Topic, err)
	}
	return nil
}

type deliveryRow struct {
	DeliveryID   int64
	Attempts     int
	Message      messageRecord      `gorm:"embedded;embeddedPrefix:m_"`
	Subscription subscriptionRecord `gorm:"embedded;embeddedPrefix:s_"`
}

const deliveryColumns = `d.id AS delivery_id, d.attempts,
	m.id AS m_id, m.topic AS m_topic, m.subject AS m_subject, m.body AS m_body, m.attributes AS m_attributes, m.at AS m_at,
	s.id AS s_id, s.topic AS s_topic, s.protocol AS s_protocol, s.endpoint AS s_endpoint, s.secret AS s_secret,
	s.previous_secret AS s_previous_secret, s.rotated_at AS s_rotated_at, s.created_at AS s_created_at`

// ClaimDeliveries takes up to limit deliveries that are due, the oldest first. Nobody else
// gets them until the given time; whoever delivers them calls MarkDelivered or
// MarkDeliveryFailed. After a crash in between a message is delivered again.
func (s *Store) ClaimDeliveries(ctx context.Context, until time.Time, limit int) ([]workflow.Delivery, error) {
	now := stampOf(s.now())
	var due int64 // most of the time there is nothing, and looking costs no commit
	err := s.read(ctx).Raw("SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE due_at > 0 AND due_at <= ? LIMIT 1) AS first", now).Scan(&due).Error
	if err != nil {
		return nil, fmt.Errorf("find deliveries: %w", err)
	}
	if due == 0 {
		return nil, nil
	}
	var rows []deliveryRow
	err = s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		var ids []int64
		err := tx.Raw(`UPDATE deliveries SET due_at = ?, attempts = attempts + 1 WHERE id IN
			(SELECT id FROM deliveries WHERE due_at > 0 AND due_at <= ? ORDER BY due_at, id LIMIT ?`+s.dialect.claiming()+`) RETURNING id`,
			stampOf(until), now, limit).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		return tx.Raw(`SELECT `+deliveryColumns+` FROM deliveries d JOIN messages m ON m.id = d.message_id
			JOIN subscriptions s ON s.id = d.subscription_id WHERE d.id IN ? ORDER BY d.id`, ids).Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	list := make([]workflow.Delivery, len(rows))
	for i, r := range rows {
		list[i] = workflow.Delivery{ID: r.DeliveryID, Attempts: r.Attempts, Message: r.Message.message(), Subscription: r.Subscription.subscription()}
	}
	return list, nil
}

// MarkDelivered notes that a webhook has taken a message.
func (s *Store) MarkDelivered(ctx context.Context, id int64) error {
	return s.markDelivery(ctx, "UPDATE deliveries SET delivered_at = ?, due_at = 0, last_error = '' WHERE id = ?", stampOf(s.now()), id)
}

// MarkDeliveryFailed notes why a message was not delivered and when to try again; the zero
// time gives up.
func (s *Store) MarkDeliveryFailed(ctx context.Context, id int64, reason string, again time.Time) error {
	return s.markDelivery(ctx, "UPDATE deliveries SET last_error = ?, due_at = ? WHERE id = ? AND delivered_at = 0", reason, stampOf(again), id)
}

func (s *Store) markDelivery(ctx context.Context, statement string, args ...any) error {
	return s.writeBlind(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		if err := tx.Exec(statement, args...).Error; err != nil {
			return fmt.Errorf("mark delivery: %w", err)
		}
		return nil
	})
}

// RetryDeliveries tries everything again that was given up for a topic, and says how much
// that is.
func (s *Store) RetryDeliveries(ctx context.Context, topic, by string) (n int64, err error) {
	err = s.write(ctx, []string{TopicOutgoing, TopicDeliveries}, func(tx *gorm.DB) error {
		res := tx.Exec(`UPDATE deliveries SET due_at = ?, attempts = 0 WHERE due_at = 0 AND delivered_at = 0 AND
			subscription_id IN (SELECT id FROM subscriptions WHERE topic = ?)`, stampOf(s.now()), topic)
		if res.Error != nil {
			return fmt.Errorf("deliver to %s again: %w", topic, res.Error)
		}
		if n = res.RowsAffected; n == 0 {
			return nil
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditDeliveriesRepeated, Subject: "topic " + topic, Detail: fmt.Sprint(n)})
	})
	return n, err
}
