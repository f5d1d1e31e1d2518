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
// when nothing is, and returns what shall be; nil leaves it as it is. When somebody else
// has changed the line meanwhile, change is called again with what is there now.
// An error of change is returned as it is and nothing is written.
// It is on disk when this returns and is never part of a history event's commit:
// the ledger plays somebody else's database. An effect must not call it.
func (s *Store) SandboxUpdate(
	ctx context.Context, party, key string, change func(old []byte) (updated []byte, err error),
) error {
	if s.exclusive {
		return s.updateSandboxEntry(ctx, party, key, change)
	}
	for {
		old, _, err := s.gathered.sandbox.get(ctx, sandboxKey{party, key})
		if err != nil {
			return fmt.Errorf("read %s %s: %w", party, key, err)
		}
		value, err := change(old)
		if err != nil || value == nil {
			return err
		}
		err = s.replaceSandboxEntry(ctx, party, key, old, value)
		if !errors.Is(err, errChanged) {
			return err
		}
	}
}

// updateSandboxEntry reads where it writes: in a file with one writer nobody else changes the
// line, and the writer has its page at hand, which a reader has not (115 µs a transition of the
// order workflow instead of 128).
func (s *Store) updateSandboxEntry(ctx context.Context, party, key string, change func(old []byte) ([]byte, error)) error {
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
		return putSandboxEntry(tx, party, key, old, value, int64(stampOf(s.now())))
	})
}

func putSandboxEntry(tx *gorm.DB, party, key string, old, value []byte, at int64) error {
	query, args := `UPDATE sandbox_entries SET value = ?, updated_at = ? WHERE party = ? AND key = ? AND value = ?`, []any{value, at, party, key, old}
	if old == nil {
		query, args = `INSERT INTO sandbox_entries (party, key, value, created_at, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			[]any{party, key, value, at, at}
	}
	n, err := exec(tx, query, args...)
	if err == nil && n == 0 {
		err = errChanged
	}
	if err != nil {
		return fmt.Errorf("write %s %s: %w", party, key, err)
	}
	return nil
}

type sandboxKey struct{ party, key string }

func (s *Store) readSandbox(ctx context.Context, keys []sandboxKey) (map[sandboxKey][]byte, error) {
	parties, names := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		parties[i], names[i] = k.party, k.key
	}
	rows, err := s.lookUp(ctx, `SELECT party, key, value FROM sandbox_entries
		JOIN unnest(CAST(? AS text[]), CAST(? AS text[])) AS v (p, k) ON party = p AND key = k`, parties, names)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	entries := make(map[sandboxKey][]byte, len(keys))
	for rows.Next() {
		var k sandboxKey
		var value []byte
		if err := rows.Scan(&k.party, &k.key, &value); err != nil {
			return nil, err
		}
		entries[k] = value
	}
	return entries, rows.Err()
}

// errChanged: somebody else has written the line since it was read.
var errChanged = errors.New("the line has been changed")

func (s *Store) replaceSandboxEntry(ctx context.Context, party, key string, old, value []byte) error {
	at := int64(stampOf(s.now()))
	op := &write{fn: func(tx *gorm.DB) error { return putSandboxEntry(tx, party, key, old, value, at) }}
	if old == nil {
		op.rows = []bulkRow{insertSandboxEntries.row(party, key, value, at)}
	} else {
		op.rows = []bulkRow{updateSandboxEntries.row(party, key, value, at, old)}
	}
	return s.enqueue(ctx, nil, op)
}

var (
	insertSandboxEntries = strictBulk(`party text, key text, value bytea, at bigint`,
		`INSERT INTO sandbox_entries (party, key, value, created_at, updated_at) SELECT party, key, value, at, at FROM v
		ON CONFLICT DO NOTHING RETURNING key`)
	updateSandboxEntries = strictBulk(`party text, key text, value bytea, at bigint, old bytea`,
		`UPDATE sandbox_entries s SET value = v.value, updated_at = v.at
		FROM v WHERE s.party = v.party AND s.key = v.key AND s.value = v.old RETURNING s.key`)
)

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
