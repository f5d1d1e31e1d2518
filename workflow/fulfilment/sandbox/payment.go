package sandbox

import "countersign/workflow"

// payment is one payment in the gateway's books. Authorised ≥ captured ≥ refunded,
// a voided payment has nothing captured, and every key stands in at most one operation.
// A payment may be voided before anything is authorised, and then nothing ever is.
type payment struct {
	Reference  string         `json:"reference"`
	Note       string         `json:"note,omitempty"`
	Card       string         `json:"card"` // its token
	Currency   string         `json:"currency,omitempty"`
	Authorised int64          `json:"authorised"`
	Captured   int64          `json:"captured"`
	Refunded   int64          `json:"refunded"`
	Voided     bool           `json:"voided"`
	Operations []operation    `json:"operations"`
	Attempts   map[string]int `json:"attempts,omitempty"` // transient failures by key
}

// operation is one request that was performed, or refused for good.
type operation struct {
	Key     string `json:"key"`
	Kind    string `json:"kind"`
	Amount  int64  `json:"amount"`
	Refused string `json:"refused,omitempty"`
}

const (
	kindAuthorise = "authorise"
	kindCapture   = "capture"
	kindVoid      = "void"
	kindRefund    = "refund"
)

// attemptsNeeded is how often the card that wants three attempts has to be asked.
const attemptsNeeded = 3

func (p *payment) authorise(key string, amount workflow.Money, does behaviour, declineAll bool) error {
	if done, err := p.before(key, kindAuthorise, amount); done {
		return err
	}
	if amount.Amount <= 0 || amount.Currency == "" {
		return refuse("An amount of %s cannot be authorised.", amount)
	}
	if p.Voided {
		return p.record(operation{Key: key, Kind: kindAuthorise, Amount: amount.Amount, Refused: "The payment was voided before it was made."})
	}
	if does == behavesThirdTime && p.Attempts[key] < attemptsNeeded-1 {
		if p.Attempts == nil {
			p.Attempts = map[string]int{}
		}
		p.Attempts[key]++
		return later("The bank is busy and asks to try again.")
	}
	p.Currency = amount.Currency
	op := operation{Key: key, Kind: kindAuthorise, Amount: amount.Amount}
	if does == behavesDecline || declineAll {
		op.Refused = "The bank declined the card."
	} else {
		p.Authorised = amount.Amount
	}
	return p.record(op)
}

func (p *payment) capture(key string, amount workflow.Money, fails bool) error {
	if done, err := p.before(key, kindCapture, amount); done {
		return err
	}
	switch {
	case p.Authorised == 0:
		return refuse("There is no such payment.")
	case p.Voided:
		return refuse("The authorisation has been voided, so nothing can be captured.")
	case amount.Amount <= 0 || amount.Amount > p.Authorised-p.Captured:
		return refuse("%s cannot be captured: %s was authorised and %s is captured.",
			amount, p.money(p.Authorised), p.money(p.Captured))
	case fails:
		return refuse("The bank refused to charge the card.")
	}
	p.Captured += amount.Amount
	return p.record(operation{Key: key, Kind: kindCapture, Amount: amount.Amount})
}

// void releases what is authorised. What was declined or captured has nothing to release.
func (p *payment) void(authoriseKey string, fails bool) error {
	declined := p.Authorised == 0 && len(p.Operations) > 0
	switch {
	case p.Voided, p.Captured > 0, declined:
		return nil
	case p.Authorised > 0 && fails:
		return refuse("The bank does not release the authorisation at the moment.")
	}
	p.Voided = true
	return p.record(operation{Key: authoriseKey + "/" + kindVoid, Kind: kindVoid, Amount: p.Authorised})
}

func (p *payment) refund(key string, amount workflow.Money, fails bool) error {
	if done, err := p.before(key, kindRefund, amount); done {
		return err
	}
	switch {
	case p.Captured == 0:
		return refuse("Nothing has been captured, so nothing can be refunded.")
	case amount.Amount <= 0 || amount.Amount > p.Captured-p.Refunded:
		return refuse("%s cannot be refunded: %s was captured and %s is refunded.",
			amount, p.money(p.Captured), p.money(p.Refunded))
	case fails:
		return refuse("The bank does not take refunds at the moment.")
	}
	p.Refunded += amount.Amount
	return p.record(operation{Key: key, Kind: kindRefund, Amount: amount.Amount})
}

// before answers a request whose key has been used, and one in a foreign currency.
func (p *payment) before(key, kind string, amount workflow.Money) (done bool, err error) {
	if p.Currency != "" && amount.Currency != p.Currency {
		return true, refuse("The payment is in %s, not in %s.", p.Currency, amount.Currency)
	}
	for _, op := range p.Operations {
		switch {
		case op.Key != key:
		case op.Kind != kind || op.Amount != amount.Amount:
			return true, refuse("The idempotency key has been used for another request.")
		case op.Refused != "":
			return true, refuse("%s", op.Refused)
		default:
			return true, nil
		}
	}
	return false, nil
}

func (p *payment) record(op operation) error {
	p.Operations = append(p.Operations, op)
	if op.Refused != "" {
		return refuse("%s", op.Refused)
	}
	return nil
}

func (p *payment) money(amount int64) workflow.Money {
	return workflow.Money{Amount: amount, Currency: p.Currency}
}
