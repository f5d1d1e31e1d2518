package models

import (
	"errors"
	"testing"
	"time"

	"countersign/workflow"
)

func (s *shop) posts(key string, order workflow.OrderID) {
	s.t.Helper()
	s.does(s.PostMail(workflow.Mail{
		Key: key, OrderID: order, To: "clara@example.com", Subject: "About " + key, Body: "Hello.\n", At: s.time(),
	}))
}

func TestMailIsPostedOncePerKey(t *testing.T) {
	s := openShop(t)
	s.posts("A/confirmation", "A")
	s.posts("A/confirmation", "A")
	s.later(time.Second)
	s.posts("B/confirmation", "B")
	all, next, err := s.Mails(s.ctx, "", Page{Limit: 1})
	if err != nil || len(all) != 1 || all[0].Key != "B/confirmation" || next == "" {
		t.Fatalf("first page: %+v, %q, %v", all, next, err)
	}
	all, next, err = s.Mails(s.ctx, "", Page{Limit: 1, After: next})
	if err != nil || len(all) != 1 || all[0].Key != "A/confirmation" || next != "" {
		t.Fatalf("second page: %+v, %q, %v", all, next, err)
	}
	if of, _, err := s.Mails(s.ctx, "B", Page{}); err != nil || len(of) != 1 || of[0].OrderID != "B" {
		t.Errorf("mails of B: %+v, %v", of, err)
	}
	if got := must(s.Mail(s.ctx, all[0].ID))(t); got != all[0] || got.Body != "Hello.\n" {
		t.Errorf("got %+v", got)
	}
	if _, err := s.Mail(s.ctx, 99); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("unknown mail: got %v, want not found", err)
	}
}

func TestMailIsClaimedByOneSender(t *testing.T) {
	s := openShop(t)
	s.posts("A", "A")
	s.posts("B", "B")
	claim := func() []OutboxMail {
		t.Helper()
		return must(s.ClaimMails(s.ctx, s.time().Add(time.Minute), 10))(t)
	}
	claimed := claim()
	if len(claimed) != 2 || claimed[0].Attempts != 1 {
		t.Fatalf("claimed %+v", claimed)
	}
	if again := claim(); len(again) != 0 {
		t.Fatalf("claimed twice: %+v", again)
	}
	if err := s.MarkMailSent(s.ctx, claimed[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := s.MarkMailFailed(s.ctx, claimed[1].ID, "no route", s.time().Add(5*time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := must(s.CountMails(s.ctx))(t); got != (MailCounts{Unsent: 1, Failed: 1}) {
		t.Errorf("counts: %+v", got)
	}
	s.later(5 * time.Second)
	again := claim()
	if len(again) != 1 || again[0].ID != claimed[1].ID || again[0].Attempts != 2 || again[0].LastError != "no route" {
		t.Fatalf("after a failure: %+v", again)
	}
	s.later(time.Minute) // its sender has died
	if after := claim(); len(after) != 1 || after[0].Attempts != 3 {
		t.Fatalf("after a crash: %+v", after)
	}
	if sent := must(s.Mail(s.ctx, claimed[0].ID))(t); !sent.SentAt.Equal(opening) {
		t.Errorf("sent at %v", sent.SentAt)
	}
}
