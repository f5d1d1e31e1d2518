package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

const gatewayParty = "gateway"

// Gateway is the sandbox's payment gateway. It is safe for concurrent use.
type Gateway struct {
	ledger   Ledger
	switches Switchboard
}

// NewGateway opens the gateway on its ledger.
func NewGateway(l Ledger, s Switchboard) *Gateway { return &Gateway{l, s} }

var _ fulfilment.Gateway = (*Gateway)(nil)

// paymentReference is the gateway's id of the payment that a key authorises.
func paymentReference(authoriseKey string) string {
	sum := sha256.Sum256([]byte(authoriseKey))
	return "pay_" + hex.EncodeToString(sum[:12])
}

// Authorise holds an amount on a card.
func (g *Gateway) Authorise(
	ctx context.Context, key string, card workflow.Card, amount workflow.Money, note string,
) (reference string, err error) {
	switches, err := g.open(ctx)
	if err != nil {
		return "", err
	}
	does, known := behaviourOfToken(card.Token)
	if !known {
		return "", refuse("The payment gateway does not know this card.")
	}
	reference = paymentReference(key)
	err = g.perform(ctx, reference, func(p *payment) error {
		if p.Card == "" {
			p.Reference, p.Note, p.Card = reference, note, card.Token
		}
		if p.Card != card.Token {
			return refuse("The idempotency key has been used for another card.")
		}
		return p.authorise(key, amount, does, switches.GatewayDeclinesAll)
	})
	if err == nil && does == behavesSilent {
		<-ctx.Done() // performed, but nobody is told
		return "", ctx.Err()
	}
	if err != nil {
		return "", err
	}
	return reference, nil
}

// Capture charges an authorised amount or a part of it.
func (g *Gateway) Capture(ctx context.Context, key, reference string, amount workflow.Money) error {
	switches, err := g.open(ctx)
	if err != nil {
		return err
	}
	return g.perform(ctx, reference, func(p *payment) error {
		does, _ := behaviourOfToken(p.Card)
		return p.capture(key, amount, switches.GatewayCaptureFails || does == behavesCaptureFails)
	})
}

// VoidByKey releases what is held under a key, and has nothing authorised with it any more.
func (g *Gateway) VoidByKey(ctx context.Context, authoriseKey string) error {
	switches, err := g.open(ctx)
	if err != nil {
		return err
	}
	reference := paymentReference(authoriseKey)
	return g.perform(ctx, reference, func(p *payment) error {
		p.Reference = reference
		return p.void(authoriseKey, switches.GatewayRefundFails)
	})
}

// Refund gives back a captured amount or a part of it.
func (g *Gateway) Refund(ctx context.Context, key, reference string, amount workflow.Money) error {
	switches, err := g.open(ctx)
	if err != nil {
		return err
	}
	return g.perform(ctx, reference, func(p *payment) error { return p.refund(key, amount, switches.GatewayRefundFails) })
}

// Lookup finds the payment that was authorised under a key.
func (g *Gateway) Lookup(ctx context.Context, authoriseKey string) (found fulfilment.GatewayPayment, ok bool, err error) {
	if _, err := g.open(ctx); err != nil {
		return fulfilment.GatewayPayment{}, false, err
	}
	b, err := g.ledger.SandboxGet(ctx, gatewayParty, paymentReference(authoriseKey))
	if errors.Is(err, workflow.ErrNotFound) {
		return fulfilment.GatewayPayment{}, false, nil
	}
	if err != nil {
		return fulfilment.GatewayPayment{}, false, fmt.Errorf("gateway: look up %s: %w", authoriseKey, err)
	}
	var p payment
	if err := json.Unmarshal(b, &p); err != nil {
		return fulfilment.GatewayPayment{}, false, fmt.Errorf("gateway: payment of %s: %w", authoriseKey, err)
	}
	if p.Authorised == 0 {
		return fulfilment.GatewayPayment{}, false, nil // declined, or not performed yet
	}
	return fulfilment.GatewayPayment{
		Reference: p.Reference, Authorised: p.money(p.Authorised), Captured: p.money(p.Captured),
		Refunded: p.money(p.Refunded), Voided: p.Voided,
	}, true, nil
}

// open reads the switches and turns everybody away when the gateway is down.
func (g *Gateway) open(ctx context.Context) (workflow.Switches, error) {
	switches, err := g.switches.Switches(ctx)
	if err != nil {
		return switches, fmt.Errorf("gateway: switches: %w", err)
	}
	if switches.GatewayUnavailable {
		return switches, later("The payment gateway is not available.")
	}
	return switches, nil
}

// perform changes one payment. A refusal is the gateway's answer, and what it changed,
// such as the count of attempts, is kept before it is given.
func (g *Gateway) perform(ctx context.Context, reference string, change func(*payment) error) error {
	var answer error
	err := g.ledger.SandboxUpdate(ctx, gatewayParty, reference, func(old []byte) ([]byte, error) {
		var p payment
		if old != nil {
			if err := json.Unmarshal(old, &p); err != nil {
				return nil, fmt.Errorf("payment %s: %w", reference, err)
			}
		}
		answer = change(&p)
		if p.Reference == "" {
			return nil, answer // no payment, so nothing to keep
		}
		return json.Marshal(p)
	})
	var refusal *fulfilment.GatewayError
	switch {
	case errors.As(err, &refusal):
		return refusal
	case err != nil:
		return fmt.Errorf("gateway: %w", err)
	}
	return answer
}

func refuse(format string, args ...any) error {
	return &fulfilment.GatewayError{Final: true, Message: fmt.Sprintf(format, args...)}
}

func later(format string, args ...any) error {
	return &fulfilment.GatewayError{Message: fmt.Sprintf(format, args...)}
}
