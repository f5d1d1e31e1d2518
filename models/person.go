package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

type personRecord struct {
	ID            string `gorm:"primaryKey"`
	Name          string
	Email         string // lower case
	CustomerID    string
	Roles         string // separated by commas
	PasswordHash  string
	Demo          bool
	Disabled      bool
	Street        string
	City          string
	Postcode      string
	Country       string
	CardBrand     string
	CardLastFour  string
	CardToken     string
	CreatedAt     stamp `gorm:"autoCreateTime:false"`
	CredentialsAt stamp
	SignedInAt    stamp
}

func (personRecord) TableName() string { return "people" }

// Person is somebody who may sign in, and the customer they are when they order.
type Person struct {
	ID           string
	Name         string
	Email        string
	CustomerID   string // empty for a person who does not order
	Roles        []workflow.Role
	PasswordHash string // empty: no sign-in by password
	Demo         bool   // one of the sample people
	Disabled     bool   // may not sign in, and their API keys do not work
	Address      workflow.Address
	Card         workflow.Card // on file, for orders that name none
	CreatedAt    time.Time
	// CredentialsAt is when password, roles or Disabled last changed: a session that
	// is older has to sign in again.
	CredentialsAt time.Time
	SignedInAt    time.Time // zero: never
}

// Has says whether the person has any of the roles.
func (p Person) Has(roles ...workflow.Role) bool {
	return slices.ContainsFunc(roles, func(r workflow.Role) bool { return slices.Contains(p.Roles, r) })
}

func (r personRecord) person() Person {
	p := Person{
		ID: r.ID, Name: r.Name, Email: r.Email, CustomerID: r.CustomerID, PasswordHash: r.PasswordHash,
		Demo: r.Demo, Disabled: r.Disabled,
		Address:   workflow.Address{Name: r.Name, Street: r.Street, City: r.City, Postcode: r.Postcode, Country: r.Country},
		Card:      workflow.Card{Brand: r.CardBrand, LastFour: r.CardLastFour, Token: r.CardToken},
		CreatedAt: r.CreatedAt.Time(), CredentialsAt: r.CredentialsAt.Time(), SignedInAt: r.SignedInAt.Time(),
	}
	for role := range strings.SplitSeq(r.Roles, ",") {
		if role != "" {
			p.Roles = append(p.Roles, workflow.Role(role))
		}
	}
	return p
}

func personOf(p Person, at stamp) personRecord {
	return personRecord{
		ID: p.ID, Name: p.Name, Email: strings.ToLower(p.Email), CustomerID: p.CustomerID, Roles: joinRoles(p.Roles),
		PasswordHash: p.PasswordHash, Demo: p.Demo, Disabled: p.Disabled,
		Street: p.Address.Street, City: p.Address.City, Postcode: p.Address.Postcode, Country: p.Address.Country,
		CardBrand: p.Card.Brand, CardLastFour: p.Card.LastFour, CardToken: p.Card.Token,
		CreatedAt: at, CredentialsAt: at,
	}
}

func joinRoles(roles []workflow.Role) string {
	var names []string
	for _, role := range roles {
		names = append(names, string(role))
	}
	return strings.Join(names, ",")
}

// Person reads one person, or workflow.ErrNotFound.
func (s *Store) Person(ctx context.Context, id string) (Person, error) {
	return s.onePerson(ctx, "person "+id, "id = ?", id)
}

// PersonByEmail finds a person however the address is capitalised, or workflow.ErrNotFound.
func (s *Store) PersonByEmail(ctx context.Context, email string) (Person, error) {
	return s.onePerson(ctx, "person "+email, "email = ?", strings.ToLower(strings.TrimSpace(email)))
}

// PersonByCustomer finds who a customer is, or workflow.ErrNotFound.
func (s *Store) PersonByCustomer(ctx context.Context, customerID string) (Person, error) {
	return s.onePerson(ctx, "customer "+customerID, "customer_id = ? AND customer_id <> ''", customerID)
}

func (s *Store) onePerson(ctx context.Context, what, where string, arg any) (Person, error) {
	var r personRecord
	if err := s.read(ctx).Where(where, arg).Take(&r).Error; err != nil {
		return Person{}, found(what, err)
	}
	return r.person(), nil
}

// People lists everybody by name.
func (s *Store) People(ctx context.Context) ([]Person, error) {
	var rows []personRecord
	if err := s.read(ctx).Order("name, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	people := make([]Person, len(rows))
	for i, r := range rows {
		people[i] = r.person()
	}
	return people, nil
}

// AddPerson adds a person. Errors: workflow.ErrExists when id, e-mail address or
// customer id is taken.
func (s *Store) AddPerson(ctx context.Context, p Person, by string) error {
	return s.write(ctx, []string{TopicPeople}, func(tx *gorm.DB) error {
		if err := addPerson(tx, p, stampOf(s.now())); err != nil {
			return err
		}
		return s.audit(tx, AuditEntry{PersonID: by, Action: AuditPersonChanged, Subject: "person " + p.ID, Detail: "added " + p.Name})
	})
}

func addPerson(tx *gorm.DB, p Person, at stamp) error {
	record := personOf(p, at)
	err := tx.Create(&record).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("person %s: %w", p.Email, workflow.ErrExists)
	}
	if err != nil {
		return fmt.Errorf("add person %s: %w", p.Email, err)
	}
	return nil
}
