package models

import (
	"errors"
	"strings"
	"testing"

	"countersign/models/pgtest"
)

func TestFreshRefusesAPostgresDatabaseThatHoldsData(t *testing.T) {
	url := pgtest.URL(t)
	if err := Fresh(t.Context(), url); err != nil {
		t.Errorf("an empty database: %v", err)
	}
	s := openTestAt(t, url)
	var refused *OpenError
	if err := Fresh(t.Context(), url); !errors.As(err, &refused) || refused.Reason != OpenInUse {
		t.Errorf("a database of ours: %v", err)
	}
	name, settings, err := s.Describe(t.Context())
	if err != nil || !strings.HasPrefix(name, "PostgreSQL 1") || settings["synchronous_commit"] != "on" {
		t.Errorf("%s with %v, %v", name, settings, err)
	}
	size, err := s.Size(t.Context())
	if err != nil || size < 1<<20 {
		t.Errorf("%d bytes, %v", size, err)
	}
	if n, err := s.Checkpoints(t.Context()); n != -1 || err != nil {
		t.Errorf("%d checkpoints, %v", n, err)
	}
	if err := Fresh(t.Context(), "postgres://%"); !errors.As(err, &refused) {
		t.Errorf("no address: %v", err)
	}
}
