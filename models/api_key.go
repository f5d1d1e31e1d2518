package models

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// apiKeyRecord keeps a digest of the secret only. The secret is drawn at random and
// long, so a fast digest is as good as a slow one.
type apiKeyRecord struct {
	ID         string `gorm:"primaryKey"`
	PersonID   string
	Name       string
	Prefix     string
	Digest     string
	CreatedAt  stamp `gorm:"autoCreateTime:false"`
	LastUsedAt stamp
	RevokedAt  stamp
}

func (apiKeyRecord) TableName() string { return "api_keys" }

// APIKey is a key of a person's, without its secret.
type APIKey struct {
	ID         string
	PersonID   string
	Name       string
	Prefix     string // the secret's first characters, to tell keys apart
	CreatedAt  time.Time
	LastUsedAt time.Time // to the minute; zero: never
	RevokedAt  time.Time // zero while it works
}

func (r apiKeyRecord) key() APIKey {
	return APIKey{
		ID: r.ID, PersonID: r.PersonID, Name: r.Name, Prefix: r.Prefix,
		CreatedAt: r.CreatedAt.Time(), LastUsedAt: r.LastUsedAt.Time(), RevokedAt: r.RevokedAt.Time(),
	}
}

const (
	secretPrefix = "cs_"
	shownOfKey   = 8 // characters of a secret that stay readable
)

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// MakeAPIKey makes a key for a person and returns its secret, which nobody can read again.
func (s *Store) MakeAPIKey(ctx context.Context, personID, name, by string) (key APIKey, secret string, err error) {
	secret = secretPrefix + rand.Text()
	key, err = s.AddAPIKey(ctx, personID, name, secret, by)
	return key, secret, err
}

// AddAPIKey registers a secret that is already known, such as the demo's. Errors:
// workflow.ErrExists when the secret is somebody's key; workflow.ErrNotFound when
// there is no such person.
func (s *Store) AddAPIKey(ctx context.Context, personID, name, secret, by string) (APIKey, error) {
	record := apiKeyRecord{
		ID: rand.Text(), PersonID: personID, Name: name, Prefix: secret[:min(shownOfKey, len(secret))],
		Digest: digest(secret), CreatedAt: stampOf(s.now()),
	}
	err := s.write(ctx, []string{TopicPeople}, func(tx *gorm.DB) error {
		if err := addAPIKey(tx, record); err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditKeyMade, Subject: "person " + personID, Detail: name})
	})
	return record.key(), err
}

func addAPIKey(tx *gorm.DB, record apiKeyRecord) error {
	err := tx.Create(&record).Error
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fmt.Errorf("API key: %w", workflow.ErrExists)
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return fmt.Errorf("person %s: %w", record.PersonID, workflow.ErrNotFound)
	case err != nil:
		return fmt.Errorf("add API key of %s: %w", record.PersonID, err)
	}
	return nil
}

// APIKeys lists a person's keys, the newest first, revoked ones too.
func (s *Store) APIKeys(ctx context.Context, personID string) ([]APIKey, error) {
	var rows []apiKeyRecord
	if err := s.read(ctx).Where("person_id = ?", personID).Order("created_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list API keys of %s: %w", personID, err)
	}
	keys := make([]APIKey, len(rows))
	for i, r := range rows {
		keys[i] = r.key()
	}
	return keys, nil
}

// RevokeAPIKey ends a key of a person for good; revoking it again changes nothing.
func (s *Store) RevokeAPIKey(ctx context.Context, personID, keyID, by string) error {
	return s.write(ctx, []string{TopicPeople}, func(tx *gorm.DB) error {
		var r apiKeyRecord
		if err := tx.Where("id = ? AND person_id = ?", keyID, personID).Take(&r).Error; err != nil {
			return found("API key "+keyID, err)
		}
		if r.RevokedAt != 0 {
			return nil
		}
		if err := tx.Exec("UPDATE api_keys SET revoked_at = ? WHERE id = ?", stampOf(s.now()), keyID).Error; err != nil {
			return fmt.Errorf("revoke API key %s: %w", keyID, err)
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditKeyRevoked, Subject: "person " + personID, Detail: r.Name})
	})
}

// PersonByAPIKey is who bears a secret, or workflow.ErrNotFound when it is no key,
// revoked, or its person may not sign in.
func (s *Store) PersonByAPIKey(ctx context.Context, secret string) (Person, APIKey, error) {
	var r apiKeyRecord
	if err := s.read(ctx).Where("digest = ? AND revoked_at = 0", digest(secret)).Take(&r).Error; err != nil {
		return Person{}, APIKey{}, found("API key", err)
	}
	p, err := s.Person(ctx, r.PersonID)
	if err != nil {
		return Person{}, APIKey{}, err
	}
	if p.Disabled {
		return Person{}, APIKey{}, fmt.Errorf("API key of %s, who may not sign in: %w", p.ID, workflow.ErrNotFound)
	}
	return p, r.key(), s.touchAPIKey(ctx, r)
}

// touchAPIKey writes once a minute at most, so that a busy key does not cost a write a request.
func (s *Store) touchAPIKey(ctx context.Context, r apiKeyRecord) error {
	now := stampOf(s.now())
	if r.LastUsedAt != 0 && now-r.LastUsedAt < stamp(time.Minute.Milliseconds()) {
		return nil
	}
	return s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE api_keys SET last_used_at = ? WHERE id = ?", now, r.ID).Error
	})
}
