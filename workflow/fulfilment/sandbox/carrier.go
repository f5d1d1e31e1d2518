package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

const carrierParty = "carrier"

// Carrier is the sandbox's parcel service. It is safe for concurrent use.
type Carrier struct {
	ledger   Ledger
	switches Switchboard
}

// NewCarrier opens the carrier on its ledger.
func NewCarrier(l Ledger, s Switchboard) *Carrier { return &Carrier{l, s} }

var _ fulfilment.Carrier = (*Carrier)(nil)

// consignment is one tracking number in the carrier's books. A number that was
// withdrawn stays withdrawn: a booking under its key that arrives late is refused.
type consignment struct {
	Key       string           `json:"key"`
	To        workflow.Address `json:"to,omitzero"`
	Parcels   int              `json:"parcels"`
	Withdrawn bool             `json:"withdrawn"`
}

// Book issues a tracking number for a consignment.
func (c *Carrier) Book(ctx context.Context, key string, to workflow.Address, parcels int) (trackingNumber string, err error) {
	switches, err := c.open(ctx)
	if err != nil {
		return "", err
	}
	return c.update(ctx, key, func(s *consignment, known bool) error {
		switch {
		case known && s.Withdrawn:
			return &fulfilment.CarrierError{Final: true, Message: "The booking has been withdrawn."}
		case known && (s.To != to || s.Parcels != parcels):
			return &fulfilment.CarrierError{Final: true, Message: "The idempotency key has been used for another booking."}
		case known:
			return nil
		case parcels < 1:
			return &fulfilment.CarrierError{Final: true, Message: "There is nothing to ship."}
		case switches.CarrierRefusesShipment:
			return &fulfilment.CarrierError{Final: true, Message: "The carrier does not deliver to this address."}
		}
		*s = consignment{Key: key, To: to, Parcels: parcels}
		return nil
	})
}

// Cancel withdraws the booking made under a key, and one that may still arrive.
func (c *Carrier) Cancel(ctx context.Context, bookKey string) error {
	if _, err := c.open(ctx); err != nil {
		return err
	}
	_, err := c.update(ctx, bookKey, func(s *consignment, known bool) error {
		s.Key, s.Withdrawn = bookKey, true
		return nil
	})
	return err
}

func (c *Carrier) open(ctx context.Context) (workflow.Switches, error) {
	switches, err := c.switches.Switches(ctx)
	if err != nil {
		return switches, fmt.Errorf("carrier: switches: %w", err)
	}
	if switches.CarrierUnavailable {
		return switches, &fulfilment.CarrierError{Message: "The carrier is not available."}
	}
	return switches, nil
}

var errTaken = errors.New("the tracking number belongs to another booking")

// update changes the consignment of a key. Its tracking number follows from the key;
// when another key has that number already, from the key and the next try.
func (c *Carrier) update(ctx context.Context, key string, change func(s *consignment, known bool) error) (string, error) {
	for try := uint64(0); ; try++ {
		number := trackingNumber(key, try)
		err := c.ledger.SandboxUpdate(ctx, carrierParty, number, func(old []byte) ([]byte, error) {
			var s consignment
			if old != nil {
				if err := json.Unmarshal(old, &s); err != nil {
					return nil, fmt.Errorf("consignment %s: %w", number, err)
				}
				if s.Key != key {
					return nil, errTaken
				}
			}
			if err := change(&s, old != nil); err != nil {
				return nil, err
			}
			return json.Marshal(s)
		})
		switch {
		case err == nil:
			return number, nil
		case !errors.Is(err, errTaken):
			return "", fmt.Errorf("carrier: %w", err)
		}
	}
}

const (
	trackingPrefix = "SP"
	trackingDigits = 13 // before the check digit
)

// trackingNumber is deterministic: SP, 13 digits and a Luhn check digit.
func trackingNumber(key string, try uint64) string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(key), try))
	digits := fmt.Sprintf("%0*d", trackingDigits, binary.BigEndian.Uint64(sum[:8])%10_000_000_000_000)
	return trackingPrefix + digits + string(checkDigit(digits))
}

// ValidTrackingNumber says whether a text can be one of the carrier's numbers: a
// wrong digit or two neighbours exchanged make it invalid.
func ValidTrackingNumber(text string) bool {
	digits, ok := strings.CutPrefix(text, trackingPrefix)
	if !ok || len(digits) != trackingDigits+1 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	return checkDigit(digits[:trackingDigits]) == digits[trackingDigits]
}
