package models

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

func TestSeedFillsAnEmptyDatabaseOnce(t *testing.T) {
	s := openShop(t)
	s.addsUp()
	s.sells("A", line("item10", 1))
	before, people := must(s.Catalogue(s.ctx))(t), must(s.People(s.ctx))(t)
	if err := s.Seed(s.ctx, Sample{People: true, PasswordHash: "other"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, must(s.Catalogue(s.ctx))(t)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(people, must(s.People(s.ctx))(t)); diff != "" {
		t.Error(diff)
	}
	s.addsUp()
}

func TestSampleShowsBothSidesOfTheLimit(t *testing.T) {
	s := openShop(t)
	var below, above, last int
	for _, item := range must(s.Catalogue(s.ctx))(t) {
		if item.Price.Amount > DefaultSettings.ApprovalLimit.Amount {
			above++
		} else {
			below++
		}
		if item.OnHand == 1 {
			last++
		}
	}
	if below < 3 || above < 3 || last != 1 {
		t.Errorf("%d below, %d above, %d with one left", below, above, last)
	}
	if item := s.stock("item1"); 2*item.Price.Amount > DefaultSettings.ApprovalLimit.Amount {
		t.Errorf("two of %s need approval", item.Name)
	}
}

func TestSeedWithoutPeople(t *testing.T) {
	s := &shop{Store: openTest(t), t: t, ctx: t.Context()}
	if err := s.Seed(s.ctx, Sample{}); err != nil {
		t.Fatal(err)
	}
	if people := must(s.People(s.ctx))(t); len(people) != 0 {
		t.Errorf("%d people", len(people))
	}
	if _, _, err := s.PersonByAPIKey(s.ctx, DemoKey); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("the demo key: got %v, want not found", err)
	}
	if items := must(s.Catalogue(s.ctx))(t); len(items) != 10 {
		t.Errorf("%d items", len(items))
	}
}
