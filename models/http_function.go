package models

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

type functionRecord struct {
	Name           string `gorm:"primaryKey"`
	URL            string
	TimeoutMS      int64
	Secret         string // as it is: requests are signed with it
	PreviousSecret string
	RotatedAt      stamp
	CreatedAt      stamp `gorm:"autoCreateTime:false"`
	UpdatedAt      stamp `gorm:"autoUpdateTime:false"`
	CalledAt       stamp
	CallMS         int64
	CallError      string
}

func (functionRecord) TableName() string { return "http_functions" }

// HTTPFunction is a function that is reached by HTTP and what became of its latest call.
type HTTPFunction struct {
	workflow.HTTPFunction
	LastCall workflow.FunctionCall // zero when it was never called
}

func (r functionRecord) function() HTTPFunction {
	f := HTTPFunction{HTTPFunction: workflow.HTTPFunction{
		Name: r.Name, URL: r.URL, Timeout: time.Duration(r.TimeoutMS) * time.Millisecond,
		SigningSecret: signingSecret(r.Secret, r.PreviousSecret, r.RotatedAt),
		CreatedAt:     r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time(),
	}}
	if r.CalledAt != 0 {
		f.LastCall = workflow.FunctionCall{Function: r.Name, At: r.CalledAt.Time(), Took: time.Duration(r.CallMS) * time.Millisecond, Error: r.CallError}
	}
	return f
}

func signingSecret(secret, previous string, rotated stamp) workflow.SigningSecret {
	return workflow.SigningSecret{Secret: secret, Previous: previous, RotatedAt: rotated.Time()}
}

// newSecret is a signing secret in the form of Standard Webhooks.
func newSecret() string {
	var key [32]byte
	rand.Read(key[:]) // never fails (crypto/rand)
	return "whsec_" + base64.StdEncoding.EncodeToString(key[:])
}

// AddHTTPFunction registers a function and returns the secret that its requests are signed
// with; a secret of the caller's own is kept. Errors: workflow.ErrExists.
func (s *Store) AddHTTPFunction(ctx context.Context, f workflow.HTTPFunction, by string) (secret string, err error) {
	if secret = f.Secret; secret == "" {
		secret = newSecret()
	}
	err = s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		now := stampOf(s.now())
		added, err := insert(tx, `INSERT INTO http_functions (name, url, timeout_ms, secret, previous_secret, rotated_at, created_at, updated_at,
			called_at, call_ms, call_error) VALUES (?, ?, ?, ?, '', 0, ?, ?, 0, 0, '') ON CONFLICT (name) DO NOTHING`,
			f.Name, f.URL, f.Timeout.Milliseconds(), secret, now, now)
		if err != nil {
			return fmt.Errorf("register function %s: %w", f.Name, err)
		}
		if !added {
			return fmt.Errorf("function %s: %w", f.Name, workflow.ErrExists)
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditFunctionRegistered, Subject: "function " + f.Name, Detail: f.URL})
	})
	return secret, err
}

// ChangeHTTPFunction changes where a function is and how long it may take.
func (s *Store) ChangeHTTPFunction(ctx context.Context, f workflow.HTTPFunction, by string) error {
	return s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		err := changeOne(tx, "function "+f.Name, "UPDATE http_functions SET url = ?, timeout_ms = ?, updated_at = ? WHERE name = ?",
			f.URL, f.Timeout.Milliseconds(), stampOf(s.now()), f.Name)
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("%s, timeout %v", f.URL, f.Timeout)
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditFunctionChanged, Subject: "function " + f.Name, Detail: detail})
	})
}

// RotateFunctionSecret makes a new secret; the old one signs beside it for workflow.SecretOverlap.
func (s *Store) RotateFunctionSecret(ctx context.Context, name, by string) (secret string, err error) {
	secret = newSecret()
	return secret, s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		now := stampOf(s.now())
		err := changeOne(tx, "function "+name, "UPDATE http_functions SET previous_secret = secret, secret = ?, rotated_at = ?, updated_at = ? WHERE name = ?",
			secret, now, now, name)
		if err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditSecretRotated, Subject: "function " + name})
	})
}

// RemoveHTTPFunction forgets a function: a task that names it fails from then on.
func (s *Store) RemoveHTTPFunction(ctx context.Context, name, by string) error {
	return s.write(ctx, []string{TopicOutgoing}, func(tx *gorm.DB) error {
		if err := changeOne(tx, "function "+name, "DELETE FROM http_functions WHERE name = ?", name); err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditFunctionRemoved, Subject: "function " + name})
	})
}

// HTTPFunctions lists all functions by name.
func (s *Store) HTTPFunctions(ctx context.Context) ([]HTTPFunction, error) {
	var rows []functionRecord
	if err := s.read(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list functions: %w", err)
	}
	list := make([]HTTPFunction, len(rows))
	for i, r := range rows {
		list[i] = r.function()
	}
	return list, nil
}

// RegisteredFunction reads one function and its latest call, or workflow.ErrNotFound.
func (s *Store) RegisteredFunction(ctx context.Context, name string) (HTTPFunction, error) {
	var r functionRecord
	if err := s.read(ctx).Where("name = ?", name).Take(&r).Error; err != nil {
		return HTTPFunction{}, found("function "+name, err)
	}
	return r.function(), nil
}

// HTTPFunction is RegisteredFunction for whoever calls it.
func (s *Store) HTTPFunction(ctx context.Context, name string) (workflow.HTTPFunction, error) {
	f, err := s.RegisteredFunction(ctx, name)
	return f.HTTPFunction, err
}

// NoteCall keeps what became of a function's latest call. One that was removed meanwhile is
// nobody's loss.
func (s *Store) NoteCall(c workflow.FunctionCall) workflow.Effect {
	return effect{name: "NoteCall", topics: []string{TopicOutgoing}, apply: func(tx *gorm.DB) error {
		err := tx.Exec("UPDATE http_functions SET called_at = ?, call_ms = ?, call_error = ? WHERE name = ? AND called_at <= ?",
			stampOf(c.At), c.Took.Milliseconds(), c.Error, c.Function, stampOf(c.At)).Error
		if err != nil {
			return fmt.Errorf("note call of %s: %w", c.Function, err)
		}
		return nil
	}}
}

// changeOne changes the row of a thing, or is workflow.ErrNotFound.
func changeOne(tx *gorm.DB, thing, statement string, args ...any) error {
	res := tx.Exec(statement, args...)
	if res.Error != nil {
		return fmt.Errorf("change %s: %w", thing, res.Error)
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("%s: %w", thing, workflow.ErrNotFound)
	}
	return nil
}
