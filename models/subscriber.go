package models

import (
	"context"
	"fmt"
	"time"

	"countersign/workflow"
)

// Subscriber is a subscription and how its deliveries go.
type Subscriber struct {
	workflow.Subscription
	Delivered, Undelivered, GivenUp int64
	LastAt                          time.Time // of the latest delivery; zero: none
	LastError                       string    // of the latest that is not delivered
}

type subscriberRow struct {
	Record                          subscriptionRecord `gorm:"embedded"`
	Delivered, Undelivered, GivenUp int64
	LastAt                          stamp
	LastError                       string
}

// Subscribers lists who is subscribed to a topic, the oldest first.
func (s *Store) Subscribers(ctx context.Context, topic string) ([]Subscriber, error) {
	var rows []subscriberRow
	err := s.read(ctx).Table("subscriptions s").Select(`s.*,
		(SELECT COUNT(*) FROM deliveries WHERE subscription_id = s.id AND delivered_at > 0) AS delivered,
		(SELECT COUNT(*) FROM deliveries WHERE subscription_id = s.id AND due_at > 0) AS undelivered,
		(SELECT COUNT(*) FROM deliveries WHERE subscription_id = s.id AND due_at = 0 AND delivered_at = 0) AS given_up,
		COALESCE((SELECT MAX(delivered_at) FROM deliveries WHERE subscription_id = s.id), 0) AS last_at,
		COALESCE((SELECT last_error FROM deliveries WHERE subscription_id = s.id AND delivered_at = 0 AND last_error <> ''
			ORDER BY id DESC LIMIT 1), '') AS last_error`).
		Where("s.topic = ?", topic).Order("s.created_at, s.id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list subscribers of %s: %w", topic, err)
	}
	list := make([]Subscriber, len(rows))
	for i, r := range rows {
		list[i] = Subscriber{Subscription: r.Record.subscription(), Delivered: r.Delivered, Undelivered: r.Undelivered,
			GivenUp: r.GivenUp, LastAt: r.LastAt.Time(), LastError: r.LastError}
	}
	return list, nil
}

// PublishedMessage is a message and how far it has come.
type PublishedMessage struct {
	workflow.Message
	Mails                           int64
	Delivered, Undelivered, GivenUp int64
}

type publishedRow struct {
	Record                          messageRecord `gorm:"embedded"`
	Delivered, Undelivered, GivenUp int64
}

// Messages lists what was published to a topic, the newest first.
func (s *Store) Messages(ctx context.Context, topic string, page Page) ([]PublishedMessage, string, error) {
	q := s.read(ctx).Table("messages m").Select(`m.*,
		(SELECT COUNT(*) FROM deliveries WHERE message_id = m.id AND delivered_at > 0) AS delivered,
		(SELECT COUNT(*) FROM deliveries WHERE message_id = m.id AND due_at > 0) AS undelivered,
		(SELECT COUNT(*) FROM deliveries WHERE message_id = m.id AND due_at = 0 AND delivered_at = 0) AS given_up`).
		Where("m.topic = ?", topic)
	var rows []publishedRow
	if err := page.of(q, "m.at", "m.id").Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list messages of %s: %w", topic, err)
	}
	rows, next := cut(rows, page, func(r publishedRow) (stamp, string) { return r.Record.At, r.Record.ID })
	list := make([]PublishedMessage, len(rows))
	for i, r := range rows {
		list[i] = PublishedMessage{Message: r.Record.message(), Mails: r.Record.Mails, Delivered: r.Delivered, Undelivered: r.Undelivered, GivenUp: r.GivenUp}
	}
	return list, next, nil
}
