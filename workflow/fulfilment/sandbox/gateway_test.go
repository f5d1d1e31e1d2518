package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
	"countersign/workflow/fulfilment/sandbox"
)

func eur(cents int64) workflow.Money { return workflow.Money{Amount: cents, Currency: "EUR"} }

func tokenise(t *testing.T, number string) workflow.Card {
	t.Helper()
	card, err := sandbox.Tokenise(number)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func newGateway() (*sandbox.Gateway, *sandbox.Memory) {
	m := sandbox.NewMemory()
	return sandbox.NewGateway(m, m), m
}

// want checks an answer of the gateway: "" for success, else "final" or "later".
func want(t *testing.T, what string, err error, answer string) {
	t.Helper()
	got := ""
	var refusal *fulfilment.GatewayError
	switch {
	case errors.As(err, &refusal) && refusal.Final:
		got = "final"
	case errors.As(err, &refusal):
		got = "later"
	case err != nil:
		got = "unknown"
	}
	if got != answer {
		t.Errorf("%s: %q (%v), want %q", what, got, err, answer)
	}
}

func lookup(t *testing.T, g *sandbox.Gateway, key string) fulfilment.GatewayPayment {
	t.Helper()
	p, ok, err := g.Lookup(t.Context(), key)
	if err != nil || !ok {
		t.Fatalf("look up %s: ok=%v, %v", key, ok, err)
	}
	return p
}

func TestGatewayMovesMoneyOncePerKey(t *testing.T) {
	g, _ := newGateway()
	ctx := t.Context()
	ok := tokenise(t, "4242 4242 4242 4242")
	var references []string
	for range 3 {
		reference, err := g.Authorise(ctx, "a", ok, eur(1000), "Order 1")
		want(t, "authorise", err, "")
		references = append(references, reference)
		want(t, "capture", g.Capture(ctx, "c", references[0], eur(600)), "")
		want(t, "refund", g.Refund(ctx, "r", references[0], eur(500)), "")
	}
	if references[0] == "" || references[0] != references[1] || references[1] != references[2] {
		t.Errorf("references of one key: %q", references)
	}
	got := lookup(t, g, "a")
	if got != (fulfilment.GatewayPayment{Reference: references[0], Authorised: eur(1000), Captured: eur(600), Refunded: eur(500)}) {
		t.Errorf("ledger: %+v", got)
	}
	other, err := g.Authorise(ctx, "b", ok, eur(1000), "Order 2")
	want(t, "another key", err, "")
	if other == references[0] {
		t.Error("two keys made one payment")
	}
}

func TestGatewayRefusesForGood(t *testing.T) {
	g, _ := newGateway()
	ctx := t.Context()
	ok := tokenise(t, "4242424242424242")
	ref, _ := g.Authorise(ctx, "a", ok, eur(1000), "")

	_, err := g.Authorise(ctx, "a", ok, eur(999), "")
	want(t, "the key with another amount", err, "final")
	_, err = g.Authorise(ctx, "a", tokenise(t, "5555555555554444"), eur(1000), "")
	want(t, "the key with another card", err, "final")
	want(t, "the key with another operation", g.Capture(ctx, "a", ref, eur(1000)), "final")
	_, err = g.Authorise(ctx, "z", ok, eur(0), "")
	want(t, "authorise nothing", err, "final")
	_, err = g.Authorise(ctx, "y", workflow.Card{Token: "tok_stolen_1234"}, eur(1), "")
	want(t, "an unknown card", err, "final")
	want(t, "capture more than authorised", g.Capture(ctx, "c1", ref, eur(1001)), "final")
	want(t, "capture in another currency", g.Capture(ctx, "c1", ref, workflow.Money{Amount: 1000, Currency: "USD"}), "final")
	want(t, "refund before capture", g.Refund(ctx, "r1", ref, eur(1)), "final")
	want(t, "capture of no payment", g.Capture(ctx, "c1", "pay_none", eur(1)), "final")

	want(t, "capture", g.Capture(ctx, "c1", ref, eur(1000)), "")
	want(t, "capture again under another key", g.Capture(ctx, "c2", ref, eur(1)), "final")
	want(t, "void after capture", g.VoidByKey(ctx, "a"), "")
	want(t, "refund more than captured", g.Refund(ctx, "r1", ref, eur(1001)), "final")
	if got := lookup(t, g, "a"); got.Captured != eur(1000) || got.Refunded != eur(0) || got.Voided {
		t.Errorf("ledger: %+v", got)
	}

	voided, _ := g.Authorise(ctx, "b", ok, eur(500), "")
	want(t, "void", g.VoidByKey(ctx, "b"), "")
	want(t, "void again", g.VoidByKey(ctx, "b"), "")
	want(t, "capture after void", g.Capture(ctx, "c3", voided, eur(1)), "final")
}

func TestAVoidedKeyStaysVoided(t *testing.T) {
	g, m := newGateway()
	ctx := t.Context()
	card := tokenise(t, "4242424242424242")
	for range 2 {
		want(t, "void before anything was asked", g.VoidByKey(ctx, "a"), "")
	}
	for range 2 {
		_, err := g.Authorise(ctx, "a", card, eur(1000), "Order 1")
		want(t, "authorise", err, "final")
		want(t, "void", g.VoidByKey(ctx, "a"), "")
	}
	if p, ok, err := g.Lookup(ctx, "a"); ok || err != nil {
		t.Errorf("there is a payment: %+v, %v", p, err)
	}
	_, err := g.Authorise(ctx, "b", card, eur(1000), "Order 2")
	want(t, "another key", err, "")

	slow := tokenise(t, "4000000000000119")
	_, err = g.Authorise(ctx, "c", slow, eur(1000), "")
	want(t, "the first of three attempts", err, "later")
	want(t, "void", g.VoidByKey(ctx, "c"), "")
	for range 3 {
		_, err = g.Authorise(ctx, "c", slow, eur(1000), "")
		want(t, "authorise", err, "final")
	}

	_, err = g.Authorise(ctx, "d", tokenise(t, "4000000000000002"), eur(1000), "")
	want(t, "a card that is declined", err, "final")
	before := m.Documents("gateway")
	want(t, "void", g.VoidByKey(ctx, "d"), "")
	if diff := cmp.Diff(before, m.Documents("gateway")); diff != "" {
		t.Errorf("what was declined has changed:\n%s", diff)
	}
}

func TestTestCards(t *testing.T) {
	ctx := t.Context()
	t.Run("declined", func(t *testing.T) {
		g, _ := newGateway()
		for range 2 {
			_, err := g.Authorise(ctx, "a", tokenise(t, "4000000000000002"), eur(1000), "")
			want(t, "authorise", err, "final")
		}
		if _, ok, err := g.Lookup(ctx, "a"); ok || err != nil {
			t.Errorf("a declined payment was found: %v %v", ok, err)
		}
	})
	t.Run("three attempts for each key", func(t *testing.T) {
		g, _ := newGateway()
		card := tokenise(t, "4000000000000119")
		for _, key := range []string{"a", "b"} {
			for attempt, answer := range []string{"later", "later", "", ""} {
				_, err := g.Authorise(ctx, key, card, eur(1000), "")
				want(t, key+" attempt "+string(rune('1'+attempt)), err, answer)
			}
		}
	})
	t.Run("silent, but performed", func(t *testing.T) { synctest.Test(t, silentCard) })
	t.Run("capture fails", func(t *testing.T) {
		g, _ := newGateway()
		ref, err := g.Authorise(ctx, "a", tokenise(t, "4000000000000341"), eur(1000), "")
		want(t, "authorise", err, "")
		want(t, "capture", g.Capture(ctx, "c", ref, eur(1000)), "final")
		want(t, "void", g.VoidByKey(ctx, "a"), "")
		if !lookup(t, g, "a").Voided {
			t.Error("it is not voided")
		}
	})
}

func silentCard(t *testing.T) {
	g, _ := newGateway()
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() {
		_, err := g.Authorise(ctx, "a", tokenise(t, "4000000000000259"), eur(1000), "")
		answered <- err
	}()
	synctest.Wait()
	if len(answered) > 0 {
		t.Fatal("the gateway answered")
	}
	cancel()
	want(t, "authorise", <-answered, "unknown")
	want(t, "void", g.VoidByKey(t.Context(), "a"), "")
	if !lookup(t, g, "a").Voided {
		t.Error("it is not voided")
	}
}

func TestGatewaySwitches(t *testing.T) {
	ctx := t.Context()
	g, m := newGateway()
	ok := tokenise(t, "4242424242424242")
	ref, _ := g.Authorise(ctx, "a", ok, eur(1000), "")

	m.SetSwitches(workflow.Switches{GatewayUnavailable: true})
	_, err := g.Authorise(ctx, "a", ok, eur(1000), "")
	want(t, "authorise while unavailable", err, "later")
	want(t, "capture while unavailable", g.Capture(ctx, "c", ref, eur(1000)), "later")
	want(t, "void while unavailable", g.VoidByKey(ctx, "a"), "later")
	want(t, "refund while unavailable", g.Refund(ctx, "r", ref, eur(1)), "later")
	_, _, err = g.Lookup(ctx, "a")
	want(t, "look up while unavailable", err, "later")

	m.SetSwitches(workflow.Switches{GatewayDeclinesAll: true})
	_, err = g.Authorise(ctx, "a", ok, eur(1000), "")
	want(t, "a key that was performed before", err, "")
	_, err = g.Authorise(ctx, "b", ok, eur(1000), "")
	want(t, "decline", err, "final")

	m.SetSwitches(workflow.Switches{GatewayCaptureFails: true})
	_, err = g.Authorise(ctx, "b", ok, eur(1000), "")
	want(t, "a key that was declined before", err, "final")
	want(t, "capture", g.Capture(ctx, "c", ref, eur(1000)), "final")

	m.SetSwitches(workflow.Switches{GatewayRefundFails: true})
	want(t, "void", g.VoidByKey(ctx, "a"), "final")
	want(t, "void of nothing", g.VoidByKey(ctx, "nothing"), "")
	want(t, "capture once that works again", g.Capture(ctx, "c", ref, eur(1000)), "")
	want(t, "refund", g.Refund(ctx, "r", ref, eur(1000)), "final")

	m.SetSwitches(workflow.Switches{})
	want(t, "refund once that works again", g.Refund(ctx, "r", ref, eur(1000)), "")
}

func TestGatewayIsSafeForConcurrentUse(t *testing.T) {
	g, m := newGateway()
	ctx := t.Context()
	card := tokenise(t, "4242424242424242")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			ref, err := g.Authorise(ctx, "a", card, eur(1000), "")
			want(t, "authorise", err, "")
			want(t, "capture", g.Capture(ctx, "c", ref, eur(1000)), "")
			want(t, "refund", g.Refund(ctx, "r", ref, eur(1000)), "")
		})
	}
	wg.Wait()
	got := lookup(t, g, "a")
	if got.Authorised != eur(1000) || got.Captured != eur(1000) || got.Refunded != eur(1000) {
		t.Errorf("ledger: %+v", got)
	}
	var document struct{ Operations []struct{ Key string } }
	if err := json.Unmarshal(m.Documents("gateway")[got.Reference], &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Operations) != 3 {
		t.Errorf("operations: %+v, want one for each key", document.Operations)
	}
}

// A party whose database fails must not say that it has done something.
func TestGatewayWhoseLedgerFailsHasNoAnswer(t *testing.T) {
	g := sandbox.NewGateway(brokenLedger{sandbox.NewMemory()}, sandbox.NewMemory())
	_, err := g.Authorise(t.Context(), "a", tokenise(t, "4000000000000002"), eur(1000), "")
	want(t, "decline that was not written down", err, "unknown")
}

type brokenLedger struct{ *sandbox.Memory }

func (b brokenLedger) SandboxUpdate(ctx context.Context, party, key string, change func([]byte) ([]byte, error)) error {
	if _, err := change(nil); err != nil {
		return err
	}
	return errors.New("the disk is full")
}
