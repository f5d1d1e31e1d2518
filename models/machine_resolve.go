package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"countersign/workflow"
)

// Resolve says what exactly an execution of a state machine, version or alias starts with.
// roll in [0,1) picks the route of an alias. Errors: workflow.ErrNotFound when there is no such
// thing; workflow.ErrDeleting when its state machine is being deleted.
func (s *Store) Resolve(ctx context.Context, arn workflow.ARN, roll float64) (workflow.Deployment, error) {
	rest, ok := strings.CutPrefix(string(arn), string(workflow.StateMachineARN("")))
	if !ok {
		return workflow.Deployment{}, fmt.Errorf("%s: %w", arn, workflow.ErrNotFound)
	}
	name, qualifier, _ := strings.Cut(rest, ":")
	db := s.read(ctx)
	switch number, err := strconv.ParseInt(qualifier, 10, 64); {
	case qualifier == "":
		return s.latest(db, arn, name)
	case err == nil:
		return deployVersion(db, arn, workflow.Deployment{StateMachine: name, Published: number})
	}
	routes, err := aliasRoutes(db, name, qualifier)
	if err != nil {
		return workflow.Deployment{}, err
	}
	return deployVersion(db, arn, workflow.Deployment{StateMachine: name, Alias: qualifier, Published: picked(routes, roll)})
}

// latest is what a state machine's own ARN stands for. Every execution that is started
// asks for it, so it is remembered until some state machine changes.
func (s *Store) latest(db *gorm.DB, arn workflow.ARN, name string) (workflow.Deployment, error) {
	d, known, emptied := s.started.get(name)
	if known {
		return d, nil
	}
	d, err := deployment(db, arn, workflow.Deployment{StateMachine: name}, `m.version WHERE m.name = ?`, name)
	if err == nil {
		s.started.put(name, d, emptied)
	}
	return d, err
}

// changeMachines performs a write after which a state machine may stand for something else.
func (s *Store) changeMachines(ctx context.Context, fn func(tx *gorm.DB) error) error {
	defer s.started.empty() // also after an error: a commit may have failed on its way back
	return s.write(ctx, []string{TopicStateMachines}, fn)
}

func deployVersion(db *gorm.DB, arn workflow.ARN, d workflow.Deployment) (workflow.Deployment, error) {
	return deployment(db, arn, d, `(SELECT version FROM published_versions WHERE machine = ? AND number = ?) WHERE m.name = ?`,
		d.StateMachine, d.Published, d.StateMachine)
}

// deployment reads everything but the definition, which the engine mostly has already.
func deployment(db *gorm.DB, arn workflow.ARN, d workflow.Deployment, where string, args ...any) (workflow.Deployment, error) {
	var status workflow.StateMachineStatus
	err := db.Raw(`SELECT m.type, m.status, r.version, r.role_arn FROM machines AS m
		JOIN state_machines AS r ON r.machine = m.name AND r.version = `+where, args...).
		Row().Scan(&d.Type, &status, &d.Version, &d.RoleARN)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return workflow.Deployment{}, fmt.Errorf("%s: %w", arn, workflow.ErrNotFound)
	case err != nil:
		return workflow.Deployment{}, fmt.Errorf("resolve %s: %w", arn, err)
	case status == workflow.Deleting:
		return workflow.Deployment{}, fmt.Errorf("%s: %w", arn, workflow.ErrDeleting)
	}
	if d.RoleARN == "" {
		d.RoleARN = workflow.DefaultRole
	}
	return d, nil
}

// picked is the route that a roll of the dice falls on.
func picked(routes []workflow.Route, roll float64) int64 {
	chance := roll * 100
	for _, r := range routes {
		if chance < float64(r.Weight) {
			return r.Number
		}
		chance -= float64(r.Weight)
	}
	return 0
}

// aliasRoutes reads where an alias leads, in the order it was given; none when there is no alias.
func aliasRoutes(db *gorm.DB, machine, alias string) ([]workflow.Route, error) {
	var routes []workflow.Route
	err := db.Raw(`SELECT number, weight FROM alias_routes WHERE machine = ? AND alias = ? ORDER BY place`, machine, alias).Scan(&routes).Error
	if err != nil {
		return nil, fmt.Errorf("read alias %s of %s: %w", alias, machine, err)
	}
	return routes, nil
}
