package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// booksStore reads the ledgers of the sandbox parties, which play somebody else's database.
type booksStore interface {
	SandboxList(ctx context.Context, party string, limit int) ([]models.SandboxEntry, error)
}

const (
	gatewayParty = "gateway"
	carrierParty = "carrier"
	booksShown   = 100 // lines of each party, the latest changed first
)

// sandboxBooks shows what the payment gateway and the carrier believe.
func (s *Server) sandboxBooks(c echo.Context) error {
	ctx := c.Request().Context()
	m := pages.SandboxBooks{Now: s.now(), Limit: booksShown}
	payments, err := s.store.SandboxList(ctx, gatewayParty, booksShown)
	if err != nil {
		return err
	}
	for _, e := range payments {
		p, err := gatewayPayment(e)
		if err != nil {
			return err
		}
		m.Payments = append(m.Payments, p)
	}
	shipments, err := s.store.SandboxList(ctx, carrierParty, booksShown)
	if err != nil {
		return err
	}
	for _, e := range shipments {
		line, err := carrierShipment(e)
		if err != nil {
			return err
		}
		m.Shipments = append(m.Shipments, line)
	}
	frame := s.frame(c, "Books of the sandbox", layouts.Settings)
	frame.Width = layouts.Wide
	return s.show(c, http.StatusOK, frame, pages.SandboxBooksPage(m))
}

// gatewayPayment reads a line of the gateway's ledger.
func gatewayPayment(e models.SandboxEntry) (pages.GatewayPayment, error) {
	var line struct {
		Note, Card, Currency           string
		Authorised, Captured, Refunded int64
		Voided                         bool
		Operations                     []struct {
			Key, Kind, Refused string
			Amount             int64
		}
	}
	if err := json.Unmarshal(e.Value, &line); err != nil {
		return pages.GatewayPayment{}, fmt.Errorf("payment %s in the gateway's books: %w", e.Key, err)
	}
	money := func(amount int64) workflow.Money { return workflow.Money{Amount: amount, Currency: line.Currency} }
	p := pages.GatewayPayment{
		Reference: e.Key, Card: line.Card, Authorised: money(line.Authorised), Captured: money(line.Captured),
		Refunded: money(line.Refunded), Voided: line.Voided, At: e.CreatedAt,
	}
	if order, ok := strings.CutPrefix(line.Note, "Order "); ok {
		p.OrderID = workflow.OrderID(order)
	}
	for _, o := range line.Operations {
		p.Operations = append(p.Operations, pages.GatewayOperation{Kind: o.Kind, Amount: money(o.Amount), Key: o.Key, Refused: o.Refused})
	}
	return p, nil
}

// carrierShipment reads a line of the carrier's ledger.
func carrierShipment(e models.SandboxEntry) (pages.CarrierShipment, error) {
	var line struct {
		Key       string
		To        workflow.Address
		Parcels   int
		Withdrawn bool
	}
	if err := json.Unmarshal(e.Value, &line); err != nil {
		return pages.CarrierShipment{}, fmt.Errorf("shipment %s in the carrier's books: %w", e.Key, err)
	}
	return pages.CarrierShipment{
		TrackingNumber: e.Key, Key: line.Key, To: line.To, Parcels: line.Parcels, Withdrawn: line.Withdrawn, At: e.CreatedAt,
	}, nil
}
