package models

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// accessKeyRecord keeps the secret itself: a signature can be checked with nothing less. No
// method but AccessKeyBearer gives it out again.
type accessKeyRecord struct {
	ID         string `gorm:"primaryKey"`
	PersonID   string
	Name       string
	Secret     string
	CreatedAt  stamp `gorm:"autoCreateTime:false"`
	LastUsedAt stamp
	RevokedAt  stamp
}

func (accessKeyRecord) TableName() string { return "access_keys" }

// AccessKey is a key of a person's that requests to the Step Functions API are signed with,
// without its secret.
type AccessKey struct {
	ID         string // what AWS calls the access key id; no secret
	PersonID   string
	Name       string
	CreatedAt  time.Time
	LastUsedAt time.Time // to the minute; zero: never
	RevokedAt  time.Time // zero while it works
}

func (r accessKeyRecord) key() AccessKey {
	return AccessKey{ID: r.ID, PersonID: r.PersonID, Name: r.Name,
		CreatedAt: r.CreatedAt.Time(), LastUsedAt: r.LastUsedAt.Time(), RevokedAt: r.RevokedAt.Time()}
}

// MakeAccessKey makes a key for a person and returns its secret, which is not shown again.
// workflow.ErrNotFound when there is no such person.
func (s *Store) MakeAccessKey(ctx context.Context, personID, name, by string) (key AccessKey, secret string, err error) {
	var random [30]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	record := accessKeyRecord{
		ID: "CSAK" + rand.Text()[:16], PersonID: personID, Name: name,
		Secret: base64.RawURLEncoding.EncodeToString(random[:]), CreatedAt: stampOf(s.now()),
	}
	err = s.write(ctx, []string{TopicPeople}, func(tx *gorm.DB) error {
		if err := addAccessKey(tx, record); err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditAccessKeyMade, Subject: "person " + personID, Detail: name + " (" + record.ID + ")"})
	})
	return record.key(), record.Secret, err
}

func addAccessKey(tx *gorm.DB, record accessKeyRecord) error {
	err := tx.Create(&record).Error
	switch {
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return fmt.Errorf("person %s: %w", record.PersonID, workflow.ErrNotFound)
	case err != nil:
		return fmt.Errorf("add access key of %s: %w", record.PersonID, err)
	}
	return nil
}

// AccessKeys lists a person's keys, the newest first, revoked ones too.
func (s *Store) AccessKeys(ctx context.Context, personID string) ([]AccessKey, error) {
	var rows []accessKeyRecord
	if err := s.read(ctx).Omit("secret").Where("person_id = ?", personID).Order("created_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list access keys of %s: %w", personID, err)
	}
	keys := make([]AccessKey, len(rows))
	for i, r := range rows {
		keys[i] = r.key()
	}
	return keys, nil
}

// RevokeAccessKey ends a key of a person for good; revoking it again changes nothing.
func (s *Store) RevokeAccessKey(ctx context.Context, personID, keyID, by string) error {
	return s.write(ctx, []string{TopicPeople}, func(tx *gorm.DB) error {
		var r accessKeyRecord
		if err := tx.Omit("secret").Where("id = ? AND person_id = ?", keyID, personID).Take(&r).Error; err != nil {
			return found("access key "+keyID, err)
		}
		if r.RevokedAt != 0 {
			return nil
		}
		// Nobody needs the secret any more, so it does not stay.
		if err := tx.Exec("UPDATE access_keys SET revoked_at = ?, secret = '' WHERE id = ?", stampOf(s.now()), keyID).Error; err != nil {
			return fmt.Errorf("revoke access key %s: %w", keyID, err)
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditAccessKeyRevoked, Subject: "person " + personID, Detail: r.Name + " (" + keyID + ")"})
	})
}

// AccessKeyBearer is whose key it is and what they sign with, or workflow.ErrNotFound when it is
// no key, revoked, or its person may not sign in. Whoever sends the id need not be them: that
// is for the signature to show.
func (s *Store) AccessKeyBearer(ctx context.Context, keyID string) (p Person, secret string, err error) {
	var r accessKeyRecord
	if err := s.read(ctx).Where("id = ? AND revoked_at = 0", keyID).Take(&r).Error; err != nil {
		return Person{}, "", found("access key", err)
	}
	if p, err = s.Person(ctx, r.PersonID); err != nil {
		return Person{}, "", err
	}
	if p.Disabled {
		return Person{}, "", fmt.Errorf("access key of %s, who may not sign in: %w", p.ID, workflow.ErrNotFound)
	}
	return p, r.Secret, nil
}

// NoteAccessKeyUse writes down that a key was used, once a minute at most.
func (s *Store) NoteAccessKeyUse(ctx context.Context, keyID string) error {
	var last stamp
	if err := s.read(ctx).Raw("SELECT last_used_at FROM access_keys WHERE id = ?", keyID).Row().Scan(&last); err != nil {
		return fmt.Errorf("read access key %s: %w", keyID, err)
	}
	now := stampOf(s.now())
	if last != 0 && now-last < stamp(time.Minute.Milliseconds()) {
		return nil
	}
	return s.writeBlind(ctx, nil, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE access_keys SET last_used_at = ? WHERE id = ?", now, keyID).Error
	})
}
