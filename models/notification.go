package models

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

type topicRecord struct {
	Name      string `gorm:"primaryKey"`
	CreatedAt stamp  `gorm:"autoCreateTime:false"`
}

func (topicRecord) TableName() string { return "topics" }

type subscriptionRecord struct {
	ID             string `gorm:"primaryKey"`
	Topic          string
	Protocol       string
	Endpoint       string
	Secret         string
	PreviousSecret string
	RotatedAt      stamp
	CreatedAt      stamp `gorm:"autoCreateTime:false"`
}

func (subscriptionRecord) TableName() string { return "subscriptions" }

func (r subscriptionRecord) subscription() workflow.Subscription {
	return workflow.Subscription{
		ID: r.ID, Topic: r.Topic, Protocol: workflow.Protocol(r.Protocol), Endpoint: r.Endpoint,
		Signing: signingSecret(r.Secret, r.PreviousSecret, r.RotatedAt), Since: r.CreatedAt.Time(),
	}
}

// TopicInfo is a topic and how much goes through it.
type TopicInfo struct {
	workflow.Topic
	Subscribers int64
	Messages    int64
	LastAt      time.Time // of the latest message; zero: none
	Undelivered int64     // deliveries on their way
	GivenUp     int64     // deliveries that were given up
}

// AddTopic makes a topic. Errors: workflow.ErrExists.
func (s *Store) AddTopic(ctx context.Context, name, by string) error {
	return s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		added, err := insert(tx, "INSERT INTO topics (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, stampOf(s.now()))
		if err != nil {
			return fmt.Errorf("make topic %s: %w", name, err)
		}
		if !added {
			return fmt.Errorf("topic %s: %w", name, workflow.ErrExists)
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditTopicMade, Subject: "topic " + name})
	})
}

// RemoveTopic forgets a topic with its subscribers and messages; what was not delivered will
// not be.
func (s *Store) RemoveTopic(ctx context.Context, name, by string) error {
	return s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		for _, statement := range []string{
			"DELETE FROM deliveries WHERE message_id IN (SELECT id FROM messages WHERE topic = ?)",
			"DELETE FROM messages WHERE topic = ?",
			"DELETE FROM subscriptions WHERE topic = ?",
		} {
			if err := tx.Exec(statement, name).Error; err != nil {
				return fmt.Errorf("remove topic %s: %w", name, err)
			}
		}
		if err := changeOne(tx, "topic "+name, "DELETE FROM topics WHERE name = ?", name); err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditTopicRemoved, Subject: "topic " + name})
	})
}

// Topic reads one topic, or workflow.ErrNotFound.
func (s *Store) Topic(ctx context.Context, name string) (workflow.Topic, error) {
	var r topicRecord
	if err := s.read(ctx).Where("name = ?", name).Take(&r).Error; err != nil {
		return workflow.Topic{}, found("topic "+name, err)
	}
	return workflow.Topic{Name: r.Name, CreatedAt: r.CreatedAt.Time()}, nil
}

type topicRow struct {
	Record                                      topicRecord `gorm:"embedded"`
	Subscribers, Messages, Undelivered, GivenUp int64
	LastAt                                      stamp
}

// TopicInfos lists topics by name; a name narrows the list to that topic.
func (s *Store) TopicInfos(ctx context.Context, name string) ([]TopicInfo, error) {
	q := s.read(ctx).Table("topics t").Select(`t.name, t.created_at,
		(SELECT COUNT(*) FROM subscriptions WHERE topic = t.name) AS subscribers,
		(SELECT COUNT(*) FROM messages WHERE topic = t.name) AS messages,
		COALESCE((SELECT MAX(at) FROM messages WHERE topic = t.name), 0) AS last_at,
		(SELECT COUNT(*) FROM subscriptions s JOIN deliveries d ON d.subscription_id = s.id WHERE s.topic = t.name AND d.due_at > 0) AS undelivered,
		(SELECT COUNT(*) FROM subscriptions s JOIN deliveries d ON d.subscription_id = s.id
			WHERE s.topic = t.name AND d.due_at = 0 AND d.delivered_at = 0) AS given_up`)
	if name != "" {
		q = q.Where("t.name = ?", name)
	}
	var rows []topicRow
	if err := q.Order("t.name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	list := make([]TopicInfo, len(rows))
	for i, r := range rows {
		list[i] = TopicInfo{Topic: workflow.Topic{Name: r.Record.Name, CreatedAt: r.Record.CreatedAt.Time()},
			Subscribers: r.Subscribers, Messages: r.Messages, LastAt: r.LastAt.Time(), Undelivered: r.Undelivered, GivenUp: r.GivenUp}
	}
	return list, nil
}

// AddSubscription adds a subscriber and returns the secret that a webhook's messages are signed
// with. Errors: workflow.ErrExists, workflow.ErrNotFound when there is no such topic.
func (s *Store) AddSubscription(ctx context.Context, topic string, protocol workflow.Protocol, endpoint, by string) (workflow.Subscription, error) {
	r := subscriptionRecord{ID: rand.Text(), Topic: topic, Protocol: string(protocol), Endpoint: endpoint}
	if protocol == workflow.ProtocolWebhook {
		r.Secret = newSecret()
	}
	err := s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		r.CreatedAt = stampOf(s.now())
		added, err := insert(tx, `INSERT INTO subscriptions (id, topic, protocol, endpoint, secret, previous_secret, rotated_at, created_at)
			SELECT ?, name, ?, ?, ?, '', 0, ? FROM topics WHERE name = ? ON CONFLICT (topic, protocol, endpoint) DO NOTHING`,
			r.ID, r.Protocol, r.Endpoint, r.Secret, r.CreatedAt, topic)
		if err != nil {
			return fmt.Errorf("subscribe to %s: %w", topic, err)
		}
		if !added {
			return notAdded(tx, topic)
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditSubscribed, Subject: "topic " + topic, Detail: endpoint})
	})
	return r.subscription(), err
}

// notAdded says why a subscription was not.
func notAdded(tx *gorm.DB, topic string) error {
	var r topicRecord
	if err := tx.Where("name = ?", topic).Take(&r).Error; err != nil {
		return found("topic "+topic, err)
	}
	return fmt.Errorf("subscription to %s: %w", topic, workflow.ErrExists)
}

// RemoveSubscription ends a subscription; what was not delivered to it will not be.
func (s *Store) RemoveSubscription(ctx context.Context, topic, id, by string) error {
	return s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		r, err := subscriptionOf(tx, topic, id)
		if err != nil {
			return err
		}
		for _, statement := range []string{"DELETE FROM deliveries WHERE subscription_id = ?", "DELETE FROM subscriptions WHERE id = ?"} {
			if err := tx.Exec(statement, id).Error; err != nil {
				return fmt.Errorf("remove subscription %s: %w", id, err)
			}
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditUnsubscribed, Subject: "topic " + topic, Detail: r.Endpoint})
	})
}

// RotateSubscriptionSecret makes a new secret for a webhook; the old one signs beside it for
// workflow.SecretOverlap.
func (s *Store) RotateSubscriptionSecret(ctx context.Context, topic, id, by string) (workflow.Subscription, error) {
	var r subscriptionRecord
	err := s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) (err error) {
		if r, err = subscriptionOf(tx, topic, id); err != nil {
			return err
		}
		if r.Protocol != string(workflow.ProtocolWebhook) {
			return fmt.Errorf("secret of %s: %w", r.Endpoint, workflow.ErrNotFound)
		}
		r.PreviousSecret, r.Secret, r.RotatedAt = r.Secret, newSecret(), stampOf(s.now())
		err = changeOne(tx, "subscription "+id, "UPDATE subscriptions SET previous_secret = ?, secret = ?, rotated_at = ? WHERE id = ?",
			r.PreviousSecret, r.Secret, r.RotatedAt, id)
		if err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditSecretRotated, Subject: "topic " + topic, Detail: r.Endpoint})
	})
	return r.subscription(), err
}

func subscriptionOf(tx *gorm.DB, topic, id string) (r subscriptionRecord, err error) {
	if err = tx.Where("id = ? AND topic = ?", id, topic).Take(&r).Error; err != nil {
		return r, found("subscription "+id, err)
	}
	return r, nil
}
