package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

type connectionRecord struct {
	ID        string `gorm:"primaryKey"`
	Name      string
	Kind      string
	Username  string
	Secret    string // as it is: requests are authorised with it
	TokenURL  string
	Scope     string
	Headers   []workflow.Parameter `gorm:"serializer:json"`
	Query     []workflow.Parameter `gorm:"serializer:json"`
	Body      []workflow.Parameter `gorm:"serializer:json"`
	CreatedAt stamp                `gorm:"autoCreateTime:false"`
	UpdatedAt stamp                `gorm:"autoUpdateTime:false"`
}

func (connectionRecord) TableName() string { return "connections" }

func (r connectionRecord) connection() workflow.Connection {
	return workflow.Connection{
		ID: r.ID, Name: r.Name, Kind: workflow.ConnectionKind(r.Kind), User: r.Username, Secret: r.Secret, TokenURL: r.TokenURL, Scope: r.Scope,
		Headers: r.Headers, Query: r.Query, Body: r.Body, CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
	}
}

func connectionRecordOf(c workflow.Connection) connectionRecord {
	return connectionRecord{
		ID: c.ID, Name: c.Name, Kind: string(c.Kind), Username: c.User, Secret: c.Secret, TokenURL: c.TokenURL, Scope: c.Scope,
		Headers: parameters(c.Headers), Query: parameters(c.Query), Body: parameters(c.Body), CreatedAt: stampOf(c.CreatedAt), UpdatedAt: stampOf(c.UpdatedAt),
	}
}

// parameters are never NULL in their column.
func parameters(list []workflow.Parameter) []workflow.Parameter {
	return append([]workflow.Parameter{}, list...)
}

// AddConnection keeps a connection under an id of its own. Errors: workflow.ErrExists.
func (s *Store) AddConnection(ctx context.Context, c workflow.Connection, by string) (workflow.Connection, error) {
	c.ID = workflow.NewUUID() // EventBridge's ids have this form
	err := s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		c.CreatedAt = s.now()
		c.UpdatedAt = c.CreatedAt
		r := connectionRecordOf(c)
		err := tx.Create(&r).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return fmt.Errorf("connection %s: %w", c.Name, workflow.ErrExists)
		}
		if err != nil {
			return fmt.Errorf("make connection %s: %w", c.Name, err)
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditConnectionMade, Subject: "connection " + c.Name, Detail: string(c.Kind)})
	})
	return c, err
}

// ChangeConnection changes everything but name and id; an empty secret keeps the one there is.
func (s *Store) ChangeConnection(ctx context.Context, c workflow.Connection, by string) error {
	return s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		var was connectionRecord
		if err := tx.Where("name = ?", c.Name).Take(&was).Error; err != nil {
			return found("connection "+c.Name, err)
		}
		r := connectionRecordOf(c)
		r.ID, r.CreatedAt, r.UpdatedAt = was.ID, was.CreatedAt, max(stampOf(s.now()), was.UpdatedAt+1) // tokens of before are told apart by it
		detail := string(c.Kind)
		if r.Secret == "" {
			r.Secret = was.Secret
		} else {
			detail += ", new secret"
		}
		if err := tx.Save(&r).Error; err != nil {
			return fmt.Errorf("change connection %s: %w", c.Name, err)
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditConnectionChanged, Subject: "connection " + c.Name, Detail: detail})
	})
}

// RemoveConnection forgets a connection: a task that names it fails from then on.
func (s *Store) RemoveConnection(ctx context.Context, name, by string) error {
	return s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		if err := changeOne(tx, "connection "+name, "DELETE FROM connections WHERE name = ?", name); err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditConnectionRemoved, Subject: "connection " + name})
	})
}

// Connection reads one connection by its name, secret and all, or workflow.ErrNotFound.
func (s *Store) Connection(ctx context.Context, name string) (workflow.Connection, error) {
	var r connectionRecord
	if err := s.read(ctx).Where("name = ?", name).Take(&r).Error; err != nil {
		return workflow.Connection{}, found("connection "+name, err)
	}
	return r.connection(), nil
}

// Connections lists connections by name.
func (s *Store) Connections(ctx context.Context) ([]workflow.Connection, error) {
	var rows []connectionRecord
	if err := s.read(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	list := make([]workflow.Connection, len(rows))
	for i, r := range rows {
		list[i] = r.connection()
	}
	return list, nil
}
