package fulfilment_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The mails as customers read them.
func TestMailTexts(t *testing.T) {
	const list = "Your order:\n  2 × Notebook: 25.00 EUR\n  2 × Fountain pen: 1,240.00 EUR\n  Total: 1,265.00 EUR\n\n"
	const end = "\n\nYour Countersign shop\n"
	for _, c := range []struct {
		name          string
		prepare       []string // functions
		failure       string
		subject, body string
	}{
		{"declined", nil, "PaymentDeclined", "We could not complete your order 12345",
			"We are sorry: we could not complete your order 12345. Nothing will be shipped.\n\nThe reason: as it happened\n\n" +
				list + "Nothing was charged.\n\nYou are welcome to order again." + end},
		{"rejected", []string{"ProcessPayment", "RefundPayment"}, "OrderRejected", "Your order 12345 was not approved",
			"We are sorry: we cannot go on with your order 12345. Nothing will be shipped.\n\nThe reason: as it happened\n\n" + list +
				"We had reserved 1,265.00 EUR on your Visa card ending in 4242 and have released it. Nothing was charged." + end},
		{"cancelled", []string{"ProcessPayment", "CapturePayment", "RefundPayment"}, "OrderCancelled", "Your order 12345 is cancelled",
			"As you asked, we have cancelled your order 12345. Nothing will be shipped.\n\n" + list +
				"We had charged 1,265.00 EUR to your Visa card ending in 4242 and have refunded 1,265.00 EUR. It can take a few days until you see it." + end},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.priced(t, goodCard, line("item1", 2), line("item2", 2))
			for _, function := range c.prepare {
				_, err := s.call(t, function, nil)
				succeed(t, err)
			}
			_, err := s.call(t, "NotifyCustomer", map[string]any{"failure": caught(c.failure)})
			succeed(t, err)
			m := s.mails[0]
			if m.To != "clara@example.org" || m.OrderID != "12345" || m.Subject != c.subject || !m.At.Equal(noon) {
				t.Errorf("mail: %+v", m)
			}
			if diff := cmp.Diff("Hello Clara Customer,\n\n"+c.body, m.Body); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConfirmationMailText(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 12))
	in := map[string]any{}
	for _, call := range []struct{ function, as string }{
		{"ProcessPayment", "payment"}, {"CapturePayment", "capture"}, {"ShipOrder", "shipment"}, {"SendConfirmation", "confirmation"},
	} {
		out, err := s.call(t, call.function, in)
		succeed(t, err)
		in[call.as] = out
	}
	want := "Hello Clara Customer,\n\nThank you for your order 12345. It is on its way to you in 2 parcels with Sandbox Parcel.\n\n" +
		"Tracking number: " + s.shipments[id].TrackingNumber + "\n\nYour order:\n  12 × Notebook: 150.00 EUR\n  Total: 150.00 EUR\n\n" +
		"We have charged 150.00 EUR to your Visa card ending in 4242.\n\n" +
		"It goes to:\n  Clara Customer\n  Ringstr. 1\n  53111 Bonn\n  DE\n\nYour Countersign shop\n"
	if diff := cmp.Diff(want, s.mails[0].Body); diff != "" {
		t.Error(diff)
	}
}

func TestNobodyIsMailedWithoutAnAddress(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 1))
	o := s.orders[id]
	o.CustomerEmail = ""
	s.orders[id] = o
	in := map[string]any{"shipment": map[string]any{}, "capture": map[string]any{}}
	for _, function := range []string{"SendConfirmation", "NotifyCustomer"} {
		out, err := s.call(t, function, in)
		succeed(t, err)
		if out["mailed"] != false || len(s.mails) != 0 {
			t.Errorf("%s: %v, mails %+v", function, out, s.mails)
		}
	}
}
