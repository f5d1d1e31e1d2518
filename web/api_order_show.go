package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/workflow"
)

// orderAPIStore is what is told about an order.
type orderAPIStore interface {
	OrderInfo(ctx context.Context, id workflow.OrderID) (models.OrderInfo, error)
	Payment(ctx context.Context, id workflow.OrderID) (workflow.Payment, error)
	Shipment(ctx context.Context, id workflow.OrderID) (shipment workflow.Shipment, ok bool, err error)
	ApprovalsOf(ctx context.Context, order workflow.OrderID) ([]models.Approval, error)
}

// apiOrderShow shows an order to whom it belongs and to staff; to others there is none.
func (s *Server) apiOrderShow(c echo.Context) error {
	order, err := s.store.OrderInfo(c.Request().Context(), workflow.OrderID(c.Param("orderId")))
	if err != nil {
		return err
	}
	if !maySeeOrder(personOf(c), order) {
		return workflow.ErrNotFound
	}
	return s.answerOrder(c, http.StatusOK, order)
}

// maySeeOrder: who ordered, for whom it was ordered, and staff.
func maySeeOrder(p *models.Person, o models.OrderInfo) bool {
	return p.Has(staff.roles...) || p.CustomerID != "" && p.CustomerID == o.CustomerID || o.PersonID == p.ID
}

func (s *Server) answerOrder(c echo.Context, status int, o models.OrderInfo) error {
	ctx := c.Request().Context()
	payment, err := s.store.Payment(ctx, o.ID)
	if err != nil {
		return err
	}
	shipment, shipped, err := s.store.Shipment(ctx, o.ID)
	if err != nil {
		return err
	}
	approvals, err := s.store.ApprovalsOf(ctx, o.ID)
	if err != nil {
		return err
	}
	events, err := s.store.History(ctx, o.Execution, 0, 0)
	if err != nil {
		return err
	}
	document := orderDocument{
		Order: orderJSONOf(o), Payment: paymentJSONOf(payment, o.Total.Currency),
		Timeline: timeline(o, courseOf(events, time.Time{}), payment, approvals, shipment),
	}
	if shipped {
		document.Shipment = &shipmentJSON{shipment.Carrier, shipment.TrackingNumber, shipment.Parcels, shipment.BookedAt.UTC()}
	}
	return answerJSON(c, status, document)
}

// The API's words for an order. Amounts are in minor units.
type (
	orderDocument struct {
		Order    orderJSON     `json:"order"`
		Payment  paymentJSON   `json:"payment"`
		Shipment *shipmentJSON `json:"shipment"`
		Timeline []stageJSON   `json:"timeline"`
	}
	orderJSON struct {
		OrderID         workflow.OrderID     `json:"orderId"`
		CustomerID      string               `json:"customerId"`
		Status          workflow.OrderStatus `json:"status"`
		Reason          string               `json:"reason,omitempty"` // why it did not complete
		CancelRequested bool                 `json:"cancelRequested"`
		Items           []workflow.Line      `json:"items"`
		Total           workflow.Money       `json:"total"`
		Address         workflow.Address     `json:"address"`
		Card            cardJSON             `json:"card"`
		PlacedAt        time.Time            `json:"placedAt"`
		ClosedAt        *time.Time           `json:"closedAt"`
	}
	cardJSON struct {
		Brand    string `json:"brand"`
		LastFour string `json:"lastFour"`
	}
	paymentJSON struct {
		Status     workflow.PaymentStatus `json:"status"`
		Authorised workflow.Money         `json:"authorised"`
		Captured   workflow.Money         `json:"captured"`
		Refunded   workflow.Money         `json:"refunded"`
	}
	shipmentJSON struct {
		Carrier        string    `json:"carrier"`
		TrackingNumber string    `json:"trackingNumber"`
		Parcels        int       `json:"parcels"`
		BookedAt       time.Time `json:"bookedAt"`
	}
	stageJSON struct {
		Stage string    `json:"stage"`
		At    time.Time `json:"at"`
	}
)

func orderJSONOf(o models.OrderInfo) orderJSON {
	return orderJSON{
		OrderID: o.ID, CustomerID: o.CustomerID, Status: o.Status, Reason: o.Reason, CancelRequested: o.CancelRequested,
		Items: o.Lines, Total: o.Total, Address: o.Address, Card: cardJSON{o.Card.Brand, o.Card.LastFour}, PlacedAt: o.PlacedAt.UTC(),
		ClosedAt: moment(o.ClosedAt),
	}
}

func paymentJSONOf(p workflow.Payment, currency string) paymentJSON {
	in := func(m workflow.Money) workflow.Money { return workflow.Money{Amount: m.Amount, Currency: currency} }
	return paymentJSON{p.Status, in(p.Authorised), in(p.Captured), in(p.Refunded)}
}

// timeline tells what has happened in plain words, the earliest first, without the names of
// states, tasks and tokens, which may change.
func timeline(o models.OrderInfo, k course, p workflow.Payment, approvals []models.Approval, shipment workflow.Shipment) []stageJSON {
	stages := []stageJSON{{"order received", o.PlacedAt.UTC()}}
	add := func(stage string, at time.Time) {
		if !at.IsZero() {
			stages = append(stages, stageJSON{stage, at.UTC()})
		}
	}
	if p.Authorised.Amount > 0 {
		add("payment authorised", k.left[legPaying])
	}
	for _, a := range approvals {
		add("approval asked for", a.OpenedAt)
		add(verdicts[a.Status], a.DecidedAt)
	}
	if p.Captured.Amount > 0 {
		add("payment captured", k.left[legCharging])
	}
	add("parcel handed to the carrier", shipment.BookedAt)
	if back := givenBack[p.Status]; back != "" {
		add(back, k.left[legUndoing])
	}
	add(endings[o.Status], o.ClosedAt)
	slices.SortStableFunc(stages, func(a, b stageJSON) int { return a.At.Compare(b.At) })
	return stages
}

var givenBack = map[workflow.PaymentStatus]string{
	workflow.PaymentVoided:   "payment voided",
	workflow.PaymentRefunded: "payment refunded",
}

var verdicts = map[workflow.ApprovalStatus]string{
	workflow.ApprovalApproved:  "approved",
	workflow.ApprovalRejected:  "rejected",
	workflow.ApprovalExpired:   "approval deadline passed",
	workflow.ApprovalCancelled: "approval no longer needed",
}

var endings = map[workflow.OrderStatus]string{
	workflow.OrderCompleted: "order completed",
	workflow.OrderRejected:  "order ended: rejected",
	workflow.OrderFailed:    "order ended: it could not be fulfilled",
	workflow.OrderCancelled: "order ended: cancelled",
}
