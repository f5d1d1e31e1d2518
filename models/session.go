package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// sessionRecord is found by a digest of its token: whoever reads the database
// cannot take over a session.
type sessionRecord struct {
	Digest string `gorm:"primaryKey"`
	Data   []byte
	Expiry stamp
}

func (sessionRecord) TableName() string { return "sessions" }

// Sessions keeps the web's sessions; it is an scs.Store and an scs.CtxStore.
type Sessions struct{ store *Store }

// Sessions gives access to the web's sessions.
func (s *Store) Sessions() Sessions { return Sessions{s} }

// FindCtx reads a session's data; found is false when it is unknown or has expired.
func (s Sessions) FindCtx(ctx context.Context, token string) (data []byte, exists bool, err error) {
	var r sessionRecord
	err = s.store.read(ctx).Where("digest = ? AND expiry > ?", digest(token), stampOf(s.store.now())).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read session: %w", err)
	}
	return r.Data, true, nil
}

// CommitCtx writes a session's data and when it expires.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.store.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		err := tx.Exec(`INSERT INTO sessions (digest, data, expiry) VALUES (?, ?, ?)
			ON CONFLICT (digest) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`,
			digest(token), data, stampOf(expiry)).Error
		if err != nil {
			return fmt.Errorf("write session: %w", err)
		}
		return nil
	})
}

// Replace writes a session's data if it is still what was read; replaced is false when another
// request, of this process or another, has changed or ended the session meanwhile.
func (s Sessions) Replace(ctx context.Context, token string, read, data []byte, expiry time.Time) (replaced bool, err error) {
	err = s.store.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		res := tx.Exec("UPDATE sessions SET data = ?, expiry = ? WHERE digest = ? AND data = ?", data, stampOf(expiry), digest(token), read)
		replaced = res.RowsAffected > 0
		return res.Error
	})
	if err != nil {
		return false, fmt.Errorf("replace session: %w", err)
	}
	return replaced, nil
}

// DeleteCtx ends a session; an unknown one is ended already.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.store.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM sessions WHERE digest = ?", digest(token)).Error; err != nil {
			return fmt.Errorf("delete session: %w", err)
		}
		return nil
	})
}

// DeleteExpired removes the sessions that have expired, and attempts that do not count any more,
// to be called now and then.
func (s Sessions) DeleteExpired(ctx context.Context) (int64, error) {
	var n int64
	err := s.store.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		res := tx.Exec("DELETE FROM sessions WHERE expiry <= ?", stampOf(s.store.now()))
		n = res.RowsAffected
		if res.Error != nil {
			return res.Error
		}
		return forgetAttempts(tx, s.store.now())
	})
	if err != nil {
		return 0, fmt.Errorf("delete expired sessions: %w", err)
	}
	return n, nil
}

// Find is FindCtx for callers without a context.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx for callers without a context.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx for callers without a context.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// Sweep removes expired sessions, now and then every so often, until ctx ends.
func (s Sessions) Sweep(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if _, err := s.DeleteExpired(ctx); err != nil && ctx.Err() == nil {
			s.store.log.Error("expired sessions could not be deleted", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
