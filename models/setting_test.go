package models

import (
	"bytes"
	"errors"
	"strconv"
	"testing"
	"time"

	"countersign/workflow"
)

func TestSettingsHoldUntilChanged(t *testing.T) {
	s := openShop(t)
	if got := must(s.Settings(s.ctx))(t); got != DefaultSettings {
		t.Errorf("at first: %+v", got)
	}
	if got := must(s.Switches(s.ctx))(t); got != (workflow.Switches{}) {
		t.Errorf("at first: %+v", got)
	}
	if got := must(s.LastSettingChange(s.ctx))(t); got != (SettingChange{}) {
		t.Errorf("nobody has changed anything, but %+v", got)
	}
	changed, stop := s.Subscribe(TopicSettings)
	defer stop()
	want := workflow.Settings{ApprovalLimit: eur(1000_00), ApprovalDeadline: time.Hour}
	if err := s.SaveSettings(s.ctx, want, DemoOperator); err != nil {
		t.Fatal(err)
	}
	<-changed
	s.later(time.Second)
	if err := s.SaveSwitches(s.ctx, workflow.Switches{MailUnavailable: true}, DemoOperator); err != nil {
		t.Fatal(err)
	}
	for range 2 { // read from the table, then from memory
		if got := must(s.Settings(s.ctx))(t); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got := must(s.Switches(s.ctx))(t); got != (workflow.Switches{MailUnavailable: true}) {
			t.Errorf("got %+v", got)
		}
	}
	if got := must(s.LastSettingChange(s.ctx))(t); got != (SettingChange{By: DemoOperator, At: s.time()}) {
		t.Errorf("last changed %+v", got)
	}
	entries, _, err := s.AuditEntries(s.ctx, AuditFilter{Action: AuditSettingsChanged}, Page{})
	if err != nil || len(entries) != 2 || entries[0].Subject != "switches" {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}

func TestSlowReadDoesNotBringBackOldSettings(t *testing.T) {
	var c cache[any]
	_, _, begun := c.get("k")
	c.empty() // a change commits while the value is being read
	c.put("k", "old", begun)
	if value, ok, _ := c.get("k"); ok {
		t.Errorf("remembers %v", value)
	}
}

func TestSandboxUpdatesDoNotOverlap(t *testing.T) {
	s := openShop(t)
	for _, err := range atOnce(20, func(int) error {
		return s.SandboxUpdate(s.ctx, "gateway", "pay_1", func(old []byte) ([]byte, error) {
			n := 0
			if old != nil {
				n, _ = strconv.Atoi(string(old))
			}
			return strconv.AppendInt(nil, int64(n+1), 10), nil
		})
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := must(s.SandboxGet(s.ctx, "gateway", "pay_1"))(t); string(got) != "20" {
		t.Errorf("got %s, want 20", got)
	}
	full := errors.New("full")
	if err := s.SandboxUpdate(s.ctx, "gateway", "pay_1", func([]byte) ([]byte, error) { return []byte("x"), full }); !errors.Is(err, full) {
		t.Errorf("got %v, want the error of change", err)
	}
	if err := s.SandboxUpdate(s.ctx, "gateway", "pay_1", func([]byte) ([]byte, error) { return nil, nil }); err != nil {
		t.Error(err)
	}
	if got := must(s.SandboxGet(s.ctx, "gateway", "pay_1"))(t); string(got) != "20" {
		t.Errorf("got %s, want 20", got)
	}
	if _, err := s.SandboxGet(s.ctx, "carrier", "pay_1"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("another party's: got %v, want not found", err)
	}
	s.later(time.Second)
	if err := s.SandboxUpdate(s.ctx, "gateway", "pay_2", func([]byte) ([]byte, error) { return []byte("1"), nil }); err != nil {
		t.Fatal(err)
	}
	if list := must(s.SandboxList(s.ctx, "gateway", 1))(t); len(list) != 1 || list[0].Key != "pay_2" {
		t.Errorf("list: %+v", list)
	}
}

func TestSessionsExpire(t *testing.T) {
	s := openShop(t)
	sessions := s.Sessions()
	find := func() string {
		data, ok, err := sessions.Find("token")
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return "none"
		}
		return string(data)
	}
	if got := find(); got != "none" {
		t.Errorf("before: %s", got)
	}
	for _, data := range []string{"one", "two"} {
		if err := sessions.Commit("token", []byte(data), opening.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if got := find(); got != "two" {
		t.Errorf("written twice: %s", got)
	}
	s.later(time.Hour)
	if got := find(); got != "none" {
		t.Errorf("expired: %s", got)
	}
	if n, err := sessions.DeleteExpired(s.ctx); n != 1 || err != nil {
		t.Errorf("deleted %d, %v; want 1", n, err)
	}
	if err := sessions.Commit("token", bytes.Repeat([]byte{0}, 3), opening.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := sessions.Delete("token"); err != nil {
			t.Fatal(err)
		}
	}
	if got := find(); got != "none" {
		t.Errorf("deleted: %s", got)
	}
}
