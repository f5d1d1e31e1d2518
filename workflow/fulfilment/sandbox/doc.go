// Package sandbox is a payment gateway and a carrier that need no contract: they
// keep books of their own, honour idempotency keys, know test cards and can be told
// to fail, but move neither money nor parcels.
//
// Whether a request succeeds depends on the card, the switches and their own books,
// never on chance. A request with a key that was performed before is answered as it
// was then and performs nothing, whatever the switches say by now; only a party that
// is switched to unavailable answers nobody.
//
// They play somebody else's systems: what they record commits on its own, not with
// the history of our executions, and they must not know our orders or executions.
package sandbox

import (
	"context"

	"countersign/workflow/fulfilment"
)

// Ledger keeps the parties' documents.
type Ledger interface {
	// SandboxUpdate replaces one document in a transaction of its own: change gets the
	// document, nil when there is none, and an error from it changes nothing and is
	// returned. It may be called again when the transaction is repeated.
	SandboxUpdate(ctx context.Context, party, key string, change func(old []byte) (new []byte, err error)) error
	// SandboxGet reads one document, or workflow.ErrNotFound.
	SandboxGet(ctx context.Context, party, key string) ([]byte, error)
}

// Switchboard says which failures an operator has turned on.
type Switchboard = fulfilment.Switchboard
