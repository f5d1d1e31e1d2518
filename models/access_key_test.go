package models

import (
	"errors"
	"testing"
	"time"

	"countersign/workflow"
)

func TestAccessKeysLive(t *testing.T) {
	s := uncounted(openTest(t))
	now := testStart
	s.now = func() time.Time { return now }
	if err := s.Seed(t.Context(), Sample{People: true}); err != nil {
		t.Fatal(err)
	}
	key, secret, err := s.MakeAccessKey(t.Context(), DemoOperator, "laptop", DemoAdministrator)
	if err != nil || secret == "" {
		t.Fatal(key, err)
	}
	if p, got, err := s.AccessKeyBearer(t.Context(), key.ID); err != nil || p.ID != DemoOperator || got != secret {
		t.Errorf("%v signs with another secret: %v", p.ID, err)
	}
	used := func() time.Time {
		t.Helper()
		keys, err := s.AccessKeys(t.Context(), DemoOperator)
		if err != nil || len(keys) != 2 {
			t.Fatal(keys, err)
		}
		for _, k := range keys {
			if k.ID == key.ID {
				return k.LastUsedAt
			}
		}
		return time.Time{}
	}
	for _, step := range []struct {
		after time.Duration
		want  time.Duration // since testStart
	}{{0, 0}, {59 * time.Second, 0}, {time.Second, time.Minute}} {
		now = now.Add(step.after)
		if err := s.NoteAccessKeyUse(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		if got := used(); !got.Equal(testStart.Add(step.want)) {
			t.Errorf("at %v last used at %v", now, got)
		}
	}

	if err := s.RevokeAccessKey(t.Context(), DemoCustomer, key.ID, ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("revoked as somebody else's: %v", err)
	}
	for range 2 {
		if err := s.RevokeAccessKey(t.Context(), DemoOperator, key.ID, DemoAdministrator); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := s.AccessKeyBearer(t.Context(), key.ID); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("a revoked key works: %v", err)
	}
	var left string
	if err := s.reader.Raw("SELECT secret FROM access_keys WHERE id = ?", key.ID).Row().Scan(&left); err != nil || left != "" {
		t.Errorf("the secret of a revoked key is kept: %v", err)
	}
	entries, _, err := s.AuditEntries(t.Context(), AuditFilter{Subject: "person " + DemoOperator}, Page{})
	if err != nil || len(entries) != 2 || entries[0].Action != AuditAccessKeyRevoked || entries[1].Action != AuditAccessKeyMade || entries[0].PersonID != DemoAdministrator {
		t.Errorf("written down: %+v, %v", entries, err)
	}

	if _, _, err := s.MakeAccessKey(t.Context(), "nobody", "x", ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("a key of nobody's: %v", err)
	}
	if err := s.SetRoles(t.Context(), DemoOperator, nil, true, ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.AccessKeyBearer(t.Context(), DemoAccessKey); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("the key of somebody who may not sign in works: %v", err)
	}
}

// The demo's key comes to databases from before there were access keys, and stays revoked.
func TestDemoAccessKeyIsSeededOnce(t *testing.T) {
	s := openTest(t)
	seed := func() {
		t.Helper()
		if err := s.Seed(t.Context(), Sample{People: true}); err != nil {
			t.Fatal(err)
		}
	}
	seed()
	if _, secret, err := s.AccessKeyBearer(t.Context(), DemoAccessKey); err != nil || secret != DemoAccessSecret {
		t.Fatal(secret, err)
	}
	if err := s.RevokeAccessKey(t.Context(), DemoOperator, DemoAccessKey, ""); err != nil {
		t.Fatal(err)
	}
	seed()
	if _, _, err := s.AccessKeyBearer(t.Context(), DemoAccessKey); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("seeding brought a revoked key back: %v", err)
	}
}

func TestSecretsStayTheSame(t *testing.T) {
	s := openTest(t)
	one, err := s.Secret(t.Context(), "a")
	if err != nil || len(one) != secretSize {
		t.Fatal(one, err)
	}
	again, err := s.Secret(t.Context(), "a")
	other, err2 := s.Secret(t.Context(), "b")
	if err != nil || err2 != nil || string(one) != string(again) || string(one) == string(other) {
		t.Errorf("%x, %x, %x", one, again, other)
	}
}
