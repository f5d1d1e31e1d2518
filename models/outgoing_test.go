package models

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/integrations"
)

var _ integrations.Books = (*Store)(nil)

func (s *shop) audited(action, subject string) bool {
	s.t.Helper()
	entries, _, err := s.AuditEntries(s.ctx, AuditFilter{Action: action, Subject: subject}, Page{})
	return err == nil && len(entries) > 0
}

func (s *shop) registers(name string) (secret string) {
	s.t.Helper()
	secret, err := s.AddHTTPFunction(s.ctx, workflow.HTTPFunction{Name: name, URL: "http://127.0.0.1:9000/" + name, Timeout: 30 * time.Second}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

func TestFunctionsAreRegisteredOnce(t *testing.T) {
	s := openShop(t)
	secret := s.registers("Resize")
	if !strings.HasPrefix(secret, "whsec_") || len(secret) < 40 {
		t.Errorf("secret %q", secret)
	}
	if _, err := s.AddHTTPFunction(s.ctx, workflow.HTTPFunction{Name: "Resize", URL: "http://b", Timeout: time.Second}, ""); !errors.Is(err, workflow.ErrExists) {
		t.Errorf("registered twice: %v", err)
	}
	f := must(s.RegisteredFunction(s.ctx, "Resize"))(t)
	if f.URL != "http://127.0.0.1:9000/Resize" || f.Timeout != 30*time.Second || f.Secret != secret || f.LastCall != (workflow.FunctionCall{}) {
		t.Errorf("got %+v", f)
	}
	if err := s.ChangeHTTPFunction(s.ctx, workflow.HTTPFunction{Name: "Resize", URL: "https://c", Timeout: 1500 * time.Millisecond}, ""); err != nil {
		t.Fatal(err)
	}
	if f := must(s.HTTPFunction(s.ctx, "Resize"))(t); f.URL != "https://c" || f.Timeout != 1500*time.Millisecond || f.Secret != secret {
		t.Errorf("changed to %+v", f)
	}
	if err := s.ChangeHTTPFunction(s.ctx, workflow.HTTPFunction{Name: "None"}, ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("changed what is not there: %v", err)
	}
	if err := s.RemoveHTTPFunction(s.ctx, "Resize", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveHTTPFunction(s.ctx, "Resize", ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	for _, action := range []string{AuditFunctionRegistered, AuditFunctionChanged, AuditFunctionRemoved} {
		if !s.audited(action, "function Resize") {
			t.Errorf("nobody wrote down %q", action)
		}
	}
}

func TestRotatedSecretSignsForADay(t *testing.T) {
	s := openShop(t)
	old := s.registers("Resize")
	s.later(time.Hour)
	fresh, err := s.RotateFunctionSecret(s.ctx, "Resize", "")
	if err != nil || fresh == old {
		t.Fatal(fresh, err)
	}
	f := must(s.HTTPFunction(s.ctx, "Resize"))(t)
	if got := f.InForce(s.time()); !slices.Equal(got, []string{fresh, old}) {
		t.Errorf("in force at once: %v", got)
	}
	if got := f.InForce(s.time().Add(workflow.SecretOverlap)); !slices.Equal(got, []string{fresh}) {
		t.Errorf("in force a day later: %v", got)
	}
	if _, err := s.RotateFunctionSecret(s.ctx, "None", ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Error(err)
	}
}

func TestLatestCallIsNoted(t *testing.T) {
	s := openShop(t)
	s.registers("Resize")
	at := s.time()
	call := workflow.FunctionCall{Function: "Resize", At: at.Add(time.Second), Took: 40 * time.Millisecond, Error: "Broken"}
	earlier := workflow.FunctionCall{Function: "Resize", At: at}
	s.does(s.NoteCall(call))
	s.does(s.NoteCall(earlier)) // it began earlier and answered later
	s.does(s.NoteCall(workflow.FunctionCall{Function: "None", At: at}))
	if f := must(s.RegisteredFunction(s.ctx, "Resize"))(t); f.LastCall != call {
		t.Errorf("got %+v, want %+v", f.LastCall, call)
	}
	if list := must(s.HTTPFunctions(s.ctx))(t); len(list) != 1 || list[0].LastCall.Error != "Broken" {
		t.Errorf("listed %+v", list)
	}
}

func (s *shop) makesTopic(name string, webhooks ...string) {
	s.t.Helper()
	if err := s.AddTopic(s.ctx, name, ""); err != nil {
		s.t.Fatal(err)
	}
	for _, endpoint := range webhooks {
		s.later(time.Second)
		if _, err := s.AddSubscription(s.ctx, name, workflow.ProtocolWebhook, endpoint, ""); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *shop) publishes(id, topic string) {
	s.t.Helper()
	s.does(s.Publish(workflow.Message{ID: id, Topic: topic, Subject: "About " + id, Body: "<" + id + ">", MailSubject: "Mail about " + id,
		MailBody: "As mail", Attributes: []byte(`{"a":{"Type":"String","Value":"b"}}`), At: s.time()}))
}

func (s *shop) claims() []workflow.Delivery {
	s.t.Helper()
	list, err := s.ClaimDeliveries(s.ctx, s.time().Add(time.Minute), 10)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func TestPublishedMessageReachesEverySubscriber(t *testing.T) {
	s := openShop(t)
	s.makesTopic("Orders", "http://127.0.0.1:1/a", "http://127.0.0.1:1/b")
	s.makesTopic("Other", "http://127.0.0.1:1/other")
	if _, err := s.AddSubscription(s.ctx, "Orders", workflow.ProtocolEmail, "anton@example.com", ""); err != nil {
		t.Fatal(err)
	}
	s.publishes("m1", "Orders")
	claimed := s.claims()
	if len(claimed) != 2 || claimed[0].Subscription.Endpoint != "http://127.0.0.1:1/a" || claimed[0].Attempts != 1 {
		t.Fatalf("claimed %+v", claimed)
	}
	m := claimed[1].Message
	if m.ID != "m1" || m.Topic != "Orders" || m.Body != "<m1>" || m.Subject != "About m1" || string(m.Attributes) != `{"a":{"Type":"String","Value":"b"}}` {
		t.Errorf("message %+v", m)
	}
	if !strings.HasPrefix(claimed[0].Subscription.Signing.Secret, "whsec_") || claimed[0].Subscription.Signing == claimed[1].Subscription.Signing {
		t.Error("webhooks have no secrets of their own")
	}
	mails, _, err := s.Mails(s.ctx, "", Page{})
	if err != nil || len(mails) != 1 || mails[0].To != "anton@example.com" || mails[0].Subject != "Mail about m1" || mails[0].OrderID != "" {
		t.Errorf("mails %+v, %v", mails, err)
	}
}

func TestMessageToARemovedTopicIsRefused(t *testing.T) {
	s := openShop(t)
	s.makesTopic("Orders", "http://127.0.0.1:1/a")
	s.publishes("m1", "Orders")
	if err := s.RemoveTopic(s.ctx, "Orders", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(s.ctx, s.Publish(workflow.Message{ID: "m2", Topic: "Orders", At: s.time()})); !errors.Is(err, workflow.ErrEffectRefused) {
		t.Errorf("published: %v", err)
	}
	if left := s.claims(); len(left) != 0 {
		t.Errorf("still delivering %+v", left)
	}
	if _, err := s.Topic(s.ctx, "Orders"); !errors.Is(err, workflow.ErrNotFound) {
		t.Error(err)
	}
	s.makesTopic("Orders") // the name is free again
}

func TestDeliveriesAreClaimedRetriedAndGivenUp(t *testing.T) {
	s := openShop(t)
	s.makesTopic("Orders", "http://127.0.0.1:1/a", "http://127.0.0.1:1/b", "http://127.0.0.1:1/c")
	s.publishes("m1", "Orders")
	claimed := s.claims()
	if len(claimed) != 3 || len(s.claims()) != 0 {
		t.Fatalf("claimed %d, or twice", len(claimed))
	}
	for _, err := range []error{
		s.MarkDelivered(s.ctx, claimed[0].ID),
		s.MarkDeliveryFailed(s.ctx, claimed[1].ID, "broken", s.time().Add(time.Second)),
		s.MarkDeliveryFailed(s.ctx, claimed[2].ID, "gone", time.Time{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	infos := must(s.TopicInfos(s.ctx, "Orders"))(t)
	if i := infos[0]; len(infos) != 1 || i.Name != "Orders" || i.CreatedAt.IsZero() || i.Subscribers != 3 || i.Messages != 1 || i.Undelivered != 1 || i.GivenUp != 1 || !i.LastAt.Equal(s.time()) {
		t.Errorf("topic %+v", infos)
	}
	subscribers := must(s.Subscribers(s.ctx, "Orders"))(t)
	if a, b, c := subscribers[0], subscribers[1], subscribers[2]; a.Delivered != 1 || a.LastAt.IsZero() || b.Undelivered != 1 || b.LastError != "broken" || c.GivenUp != 1 || c.LastError != "gone" {
		t.Errorf("subscribers %+v", subscribers)
	}
	s.later(2 * time.Second)
	if again := s.claims(); len(again) != 1 || again[0].Attempts != 2 || again[0].ID != claimed[1].ID {
		t.Fatalf("again: %+v", again)
	}
	if n, err := s.RetryDeliveries(s.ctx, "Orders", ""); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if revived := s.claims(); len(revived) != 1 || revived[0].ID != claimed[2].ID || revived[0].Attempts != 1 {
		t.Errorf("revived %+v", revived)
	}
	messages, next, err := s.Messages(s.ctx, "Orders", Page{})
	if err != nil || len(messages) != 1 || next != "" || messages[0].Delivered != 1 || messages[0].Undelivered != 2 {
		t.Errorf("messages %+v, %v", messages, err)
	}
}

func TestSubscriptions(t *testing.T) {
	s := openShop(t)
	s.makesTopic("Orders", "http://127.0.0.1:1/a")
	if _, err := s.AddSubscription(s.ctx, "Orders", workflow.ProtocolWebhook, "http://127.0.0.1:1/a", ""); !errors.Is(err, workflow.ErrExists) {
		t.Errorf("twice: %v", err)
	}
	if _, err := s.AddSubscription(s.ctx, "None", workflow.ProtocolWebhook, "http://127.0.0.1:1/a", ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("to no topic: %v", err)
	}
	s.later(time.Second)
	mail := must(s.AddSubscription(s.ctx, "Orders", workflow.ProtocolEmail, "a@example.com", ""))(t)
	if mail.Signing.Secret != "" {
		t.Error("a mail address has a secret")
	}
	if _, err := s.RotateSubscriptionSecret(s.ctx, "Orders", mail.ID, ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("rotated a mail address: %v", err)
	}
	hook := must(s.Subscribers(s.ctx, "Orders"))(t)[0]
	rotated := must(s.RotateSubscriptionSecret(s.ctx, "Orders", hook.ID, ""))(t)
	if rotated.Signing.Previous != hook.Signing.Secret || rotated.Signing.Secret == hook.Signing.Secret {
		t.Errorf("rotated %+v", rotated)
	}
	s.publishes("m1", "Orders")
	if err := s.RemoveSubscription(s.ctx, "Other", hook.ID, ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("removed by another topic: %v", err)
	}
	if err := s.RemoveSubscription(s.ctx, "Orders", hook.ID, ""); err != nil {
		t.Fatal(err)
	}
	if left := s.claims(); len(left) != 0 {
		t.Errorf("still delivering %+v", left)
	}
}

func TestConnections(t *testing.T) {
	s := openShop(t)
	c := workflow.Connection{Name: "Stripe", Kind: workflow.ConnectionOAuth, User: "client", Secret: "s3cret", TokenURL: "https://t", Scope: "read",
		Headers: []workflow.Parameter{{Name: "X-A", Value: "1"}}, Body: []workflow.Parameter{{Name: "mode", Value: "live"}}}
	made := must(s.AddConnection(s.ctx, c, ""))(t)
	if _, err := s.AddConnection(s.ctx, c, ""); !errors.Is(err, workflow.ErrExists) {
		t.Errorf("made twice: %v", err)
	}
	got := must(s.Connection(s.ctx, "Stripe"))(t)
	if got.ID != made.ID || got.Secret != "s3cret" || len(got.Headers) != 1 || got.Headers[0].Value != "1" || len(got.Query) != 0 || got.Body[0].Name != "mode" {
		t.Errorf("got %+v", got)
	}
	if want := "arn:aws:events:us-east-1:123456789012:connection/Stripe/" + got.ID; string(got.ARN()) != want {
		t.Errorf("named %s", got.ARN())
	}
	got.Kind, got.User, got.Secret = workflow.ConnectionBasic, "ann", ""
	if err := s.ChangeConnection(s.ctx, got, ""); err != nil {
		t.Fatal(err)
	}
	changed := must(s.Connection(s.ctx, "Stripe"))(t)
	if changed.Secret != "s3cret" || changed.User != "ann" || changed.ID != made.ID || !changed.UpdatedAt.After(made.UpdatedAt) {
		t.Errorf("changed to %+v", changed)
	}
	if entries, _, err := s.AuditEntries(s.ctx, AuditFilter{Subject: "connection Stripe"}, Page{}); err != nil || len(entries) != 2 || strings.Contains(entries[0].Detail+entries[1].Detail, "s3cret") {
		t.Errorf("audit %+v, %v", entries, err)
	}
	if err := s.RemoveConnection(s.ctx, "Stripe", ""); err != nil {
		t.Fatal(err)
	}
	if list := must(s.Connections(s.ctx))(t); len(list) != 0 {
		t.Errorf("left %+v", list)
	}
}
