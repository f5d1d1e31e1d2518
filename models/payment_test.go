package models

import (
	"testing"

	"countersign/workflow"
)

func TestPaymentMovesOnlyFromWhatWasRead(t *testing.T) {
	s := openShop(t)
	if got := must(s.Payment(s.ctx, "A"))(t); got != (workflow.Payment{OrderID: "A", Status: workflow.PaymentNone}) {
		t.Errorf("before anything was asked: %+v", got)
	}
	authorised := workflow.Payment{
		OrderID: "A", Status: workflow.PaymentAuthorised, AuthoriseKey: "1/authorise", Reference: "pay_1",
		Authorised: eur(500), Captured: eur(0), Refunded: eur(0),
	}
	s.isRefused(s.SavePayment(authorised, workflow.PaymentUnknown))
	s.does(s.SavePayment(workflow.Payment{OrderID: "A", Status: workflow.PaymentUnknown, AuthoriseKey: "1/authorise"}, workflow.PaymentNone))
	s.isRefused(s.SavePayment(authorised, workflow.PaymentNone, workflow.PaymentDeclined))
	s.does(s.SavePayment(authorised, workflow.PaymentNone, workflow.PaymentUnknown))
	if got := must(s.Payment(s.ctx, "A"))(t); got != authorised {
		t.Errorf("got %+v, want %+v", got, authorised)
	}
	nothing := workflow.Payment{OrderID: "A", Status: workflow.PaymentNone}
	s.does(s.SavePayment(nothing, workflow.PaymentAuthorised), s.SavePayment(authorised, workflow.PaymentNone))
}

func TestPaymentHasOneCurrency(t *testing.T) {
	s := openShop(t)
	mixed := workflow.Payment{
		OrderID: "A", Status: workflow.PaymentCaptured, Authorised: eur(500), Captured: workflow.Money{Amount: 500, Currency: "USD"},
	}
	if err := s.Apply(s.ctx, s.SavePayment(mixed, workflow.PaymentNone)); err == nil {
		t.Error("a payment in two currencies was written")
	}
}

func TestOnePaymentOfTwoIsWritten(t *testing.T) {
	s := openShop(t)
	oneHolds(t, atOnce(8, func(i int) error {
		return s.Apply(s.ctx, s.SavePayment(workflow.Payment{OrderID: "A", Status: workflow.PaymentAuthorised, Authorised: eur(int64(i))}, workflow.PaymentNone))
	}))
}
