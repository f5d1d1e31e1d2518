package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// TopicActivity is that an activity offers tasks.
func TopicActivity(arn workflow.ARN) string { return "activity:" + string(arn) }

// putOffers takes back what a commit withdraws and adds what it offers.
func putOffers(tx *gorm.DB, c *workflow.Commit) error {
	for _, entry := range c.Withdrawn {
		if _, err := exec(tx, `DELETE FROM offers WHERE execution_id = ? AND entry = ?`, int64(c.Info.ID), int64(entry)); err != nil {
			return err
		}
	}
	for _, o := range c.Offers {
		_, err := exec(tx, `INSERT INTO offers (activity, execution_id, entry, token, scheduled_at, input) VALUES (?, ?, ?, ?, ?, ?)`, offerArgs(o)...)
		if err != nil {
			return err
		}
	}
	return nil
}

func offerArgs(o workflow.Offer) []any {
	return []any{string(o.Activity), int64(o.Execution), int64(o.Entry), string(o.Token), o.ScheduledAt.UnixMilli(), notNull(o.Input)}
}

// Offers is engine.Store's.
func (s *Store) Offers(ctx context.Context, activity workflow.ARN, limit int) ([]workflow.Offer, error) {
	rows, err := s.read(ctx).Raw(`SELECT execution_id, entry, token, scheduled_at, input FROM offers
		WHERE activity = ? ORDER BY id LIMIT ?`, string(activity), limit).Rows()
	if err != nil {
		return nil, fmt.Errorf("read offers of %s: %w", activity, err)
	}
	defer rows.Close()
	var offers []workflow.Offer
	for rows.Next() {
		o := workflow.Offer{Activity: activity}
		var scheduled stamp
		if err := rows.Scan(&o.Execution, &o.Entry, &o.Token, &scheduled, &o.Input); err != nil {
			return nil, fmt.Errorf("read offers of %s: %w", activity, err)
		}
		o.ScheduledAt = scheduled.Time()
		offers = append(offers, o)
	}
	return offers, rows.Err()
}
