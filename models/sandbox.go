package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// sandboxRecord is a line in the ledger of an outside party that we play ourselves.
type sandboxRecord struct {
	Party     string `gorm:"primaryKey"`
	Key       string `gorm:"primaryKey"`
	Value     []byte
	CreatedAt stamp `gorm:"autoCreateTime:false"`
	UpdatedAt stamp `gorm:"autoUpdateTime:false"`
}

func (sandboxRecord) TableName() string { return "sandbox_entries" }

// SandboxEntry is a line in a party's ledger.
type SandboxEntry struct {
	Key       string
	Value     []byte
	CreatedAt time.Time
	UpdatedAt time.Time
}

// SandboxUpdate changes one line of a party's ledger: change gets what is there, nil
// when nothing is, and returns what shall be; nil leaves it as it is. Two updates
// never overlap. An error of change is returned as it is and nothing is written.
// It is on disk when this returns and is never part of a history event's commit:
// the ledger plays somebody else's database. An effect must not call it.
func (s *Store) SandboxUpdate(
	ctx context.Context, party, key string, change func(old []byte) (updated []byte, err error),
) error {
	return s.write(ctx, nil, func(tx *gorm.DB) error {
		var old []byte
		err := queryRow(tx, `SELECT value FROM sandbox_entries WHERE party = ? AND key = ?`, party, key).Scan(&old)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read %s %s: %w", party, key, err)
		}
		value, err := change(old)
		if err != nil || value == nil {
			return err
		}
		at := int64(stampOf(s.now()))
		_, err = exec(tx, `INSERT INTO sandbox_entries (party, key, value, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (party, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
			party, key, value, at, at)
		if err != nil {
			return fmt.Errorf("write %s %s: %w", party, key, err)
		}
		return nil
	})
}

// SandboxGet reads one line, or workflow.ErrNotFound.
func (s *Store) SandboxGet(ctx context.Context, party, key string) ([]byte, error) {
	var r sandboxRecord
	if err := s.read(ctx).Where("party = ? AND key = ?", party, key).Take(&r).Error; err != nil {
		return nil, found(party+" "+key, err)
	}
	return r.Value, nil
}

// SandboxList reads a party's ledger, what changed last first; limit 0 is all of it.
func (s *Store) SandboxList(ctx context.Context, party string, limit int) ([]SandboxEntry, error) {
	q := s.read(ctx).Where("party = ?", party).Order("updated_at DESC, key")
	if limit > 0 {
		q = q.Limit(limit)
	}
	var rows []sandboxRecord
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list %s: %w", party, err)
	}
	entries := make([]SandboxEntry, len(rows))
	for i, r := range rows {
		entries[i] = SandboxEntry{Key: r.Key, Value: r.Value, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}
	}
	return entries, nil
}
