package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Attempts limits how often something may be tried: at most Burst times at once, and once
// more after every Every. It counts in the database, so that servers which share one count
// together. Of what is counted a digest is kept alone: it may be an e-mail address that a
// stranger has typed.
type Attempts struct {
	store *Store
	name  string
	Burst int
	Every time.Duration
}

// Attempts counts under a name of its own.
func (s *Store) Attempts(name string, burst int, every time.Duration) Attempts {
	return Attempts{s, name, burst, every}
}

func (a Attempts) digest(key string) string { return digest(a.name + "\x00" + key) }

// Take spends one attempt. When there is none left, wait says when to try again, and nothing
// is written: whoever goes on trying does not keep the disk busy.
func (a Attempts) Take(ctx context.Context, key string) (wait time.Duration, err error) {
	id, now := a.digest(key), a.store.now()
	if wait, err = a.wait(a.store.read(ctx), id, now); err != nil || wait > 0 {
		return wait, err
	}
	err = a.store.write(ctx, nil, func(tx *gorm.DB) error {
		res := tx.Exec(`INSERT INTO attempts (digest, full_at) VALUES (?, ?) ON CONFLICT (digest)
			DO UPDATE SET full_at = CASE WHEN attempts.full_at > ? THEN attempts.full_at + ? ELSE excluded.full_at END
			WHERE attempts.full_at <= ?`,
			id, now.Add(a.Every).UnixMilli(), now.UnixMilli(), a.Every.Milliseconds(), now.Add(a.spare()).UnixMilli())
		if wait = 0; res.Error != nil || res.RowsAffected > 0 {
			return res.Error
		}
		wait, err = a.wait(tx, id, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count an attempt: %w", err)
	}
	return wait, nil
}

// spare is how far full_at may lie ahead for one more attempt.
func (a Attempts) spare() time.Duration { return time.Duration(a.Burst-1) * a.Every }

func (a Attempts) wait(db *gorm.DB, id string, now time.Time) (time.Duration, error) {
	var full []int64
	if err := db.Raw("SELECT full_at FROM attempts WHERE digest = ?", id).Scan(&full).Error; err != nil {
		return 0, fmt.Errorf("read attempts: %w", err)
	}
	if len(full) == 0 {
		return 0, nil
	}
	return max(time.UnixMilli(full[0]).Sub(now)-a.spare(), 0), nil
}

// GiveBack returns an attempt that turned out to be right.
func (a Attempts) GiveBack(ctx context.Context, key string) error {
	err := a.store.write(ctx, nil, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE attempts SET full_at = full_at - ? WHERE digest = ?", a.Every.Milliseconds(), a.digest(key)).Error
	})
	if err != nil {
		return fmt.Errorf("give an attempt back: %w", err)
	}
	return nil
}

// forgetAttempts deletes what does not count any more.
func forgetAttempts(tx *gorm.DB, now time.Time) error {
	return tx.Exec("DELETE FROM attempts WHERE full_at <= ?", now.UnixMilli()).Error
}
