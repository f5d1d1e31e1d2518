package sandbox_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"countersign/workflow"
	"countersign/workflow/fulfilment/sandbox"
)

// Whatever is asked of the gateway, in whatever order, with whatever keys and
// failures: authorised ≥ captured ≥ refunded, a voided payment was not captured, the
// sums are those of the operations, and a key stands for one operation.
func TestLedgerInvariant(t *testing.T) {
	cards := []string{"4242424242424242", "4000000000000002", "4000000000000119", "4000000000000341"}
	rapid.Check(t, func(t *rapid.T) {
		m := sandbox.NewMemory()
		g := sandbox.NewGateway(m, m)
		ctx := t.Context()
		references := []string{"pay_none"}
		key := rapid.Map(rapid.IntRange(0, 5), func(n int) string { return fmt.Sprint("key", n) })
		money := rapid.Map(rapid.Int64Range(-1, 30), eur)
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			reference := rapid.SampledFrom(references).Draw(t, "reference")
			switch rapid.IntRange(0, 4).Draw(t, "operation") {
			case 0:
				card, err := sandbox.Tokenise(rapid.SampledFrom(cards).Draw(t, "card"))
				if err != nil {
					t.Fatal(err)
				}
				if ref, err := g.Authorise(ctx, key.Draw(t, "key"), card, money.Draw(t, "amount"), ""); err == nil {
					references = append(references, ref)
				}
			case 1:
				_ = g.Capture(ctx, key.Draw(t, "key"), reference, money.Draw(t, "amount"))
			case 2:
				_ = g.VoidByKey(ctx, key.Draw(t, "key"))
			case 3:
				_ = g.Refund(ctx, key.Draw(t, "key"), reference, money.Draw(t, "amount"))
			case 4:
				m.SetSwitches(workflow.Switches{
					GatewayUnavailable: rapid.IntRange(0, 3).Draw(t, "unavailable") == 0,
					GatewayDeclinesAll: rapid.IntRange(0, 3).Draw(t, "declines") == 0,
					GatewayRefundFails: rapid.IntRange(0, 3).Draw(t, "no refunds") == 0,
				})
			}
			for reference, document := range m.Documents("gateway") {
				checkDocument(t, reference, document)
			}
		}
	})
}

func checkDocument(t *rapid.T, reference string, document []byte) {
	var p struct {
		Authorised, Captured, Refunded int64
		Voided                         bool
		Operations                     []struct {
			Key, Kind, Refused string
			Amount             int64
		}
	}
	if err := json.Unmarshal(document, &p); err != nil {
		t.Fatal(err)
	}
	if p.Authorised < p.Captured || p.Captured < p.Refunded || p.Refunded < 0 || p.Voided && p.Captured > 0 {
		t.Fatalf("%s: %s", reference, document)
	}
	sums, keys := map[string]int64{}, map[string]bool{}
	for _, op := range p.Operations {
		if keys[op.Key] {
			t.Fatalf("%s: key %s stands twice: %s", reference, op.Key, document)
		}
		keys[op.Key] = true
		if op.Refused == "" {
			sums[op.Kind] += op.Amount
		}
	}
	if sums["authorise"] != p.Authorised || sums["capture"] != p.Captured || sums["refund"] != p.Refunded {
		t.Fatalf("%s: the sums are not those of the operations: %s", reference, document)
	}
}
