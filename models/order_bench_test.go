package models

import (
	"fmt"
	"testing"

	"gorm.io/gorm"

	"countersign/workflow"
)

// BenchmarkOrderEffects is what one order costs the writer in local effects, from
// placing to completion, without its executions' rows and without the disk.
func BenchmarkOrderEffects(b *testing.B) {
	s := openTest(b)
	if err := s.Seed(b.Context(), Sample{}); err != nil {
		b.Fatal(err)
	}
	if err := s.SetStock(b.Context(), "item1", 1<<40, "", ""); err != nil {
		b.Fatal(err)
	}
	lines := []workflow.Line{{ItemID: "item1", Name: "Notebook", Quantity: 2, UnitPrice: eur(12_90)}}
	total := eur(25_80)
	b.ResetTimer()
	err := s.write(b.Context(), nil, func(tx *gorm.DB) error {
		for i := range b.N {
			id := workflow.OrderID(fmt.Sprintf("O-%d", i))
			effects := []workflow.Effect{
				s.PlaceOrder(workflow.Order{ID: id, CustomerID: "67890", Lines: lines, PlacedAt: opening}, 1),
				s.PriceOrder(id, lines, total),
				s.SavePayment(workflow.Payment{OrderID: id, Status: workflow.PaymentAuthorised, Authorised: total}, workflow.PaymentNone),
				s.SetOrderStatus(id, 0, workflow.OrderPaymentAuthorised, "", false, opening),
				s.Reserve(id, lines),
				s.SavePayment(workflow.Payment{OrderID: id, Status: workflow.PaymentCaptured, Authorised: total, Captured: total}, workflow.PaymentAuthorised),
				s.SetOrderStatus(id, 0, workflow.OrderShipping, "", false, opening),
				s.SaveShipment(workflow.Shipment{OrderID: id, BookedAt: opening}),
				s.PostMail(workflow.Mail{Key: string(id), OrderID: id, At: opening}),
				s.SetOrderStatus(id, 0, workflow.OrderCompleted, "", false, opening),
			}
			own, err := ownEffects(effects)
			if err != nil {
				return err
			}
			if err := applyEffects(tx, own); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
