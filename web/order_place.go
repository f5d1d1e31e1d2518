package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"countersign/models"
	"countersign/workflow"
	"countersign/workflow/engine"
)

// placingStore is what placing an order reads, and the effects that place it.
type placingStore interface {
	PersonByCustomer(ctx context.Context, customerID string) (models.Person, error)
	Items(ctx context.Context, ids []string) (map[string]workflow.Item, error)
	OrderInfo(ctx context.Context, id workflow.OrderID) (models.OrderInfo, error)
	OrderByKey(ctx context.Context, orderKey string) (workflow.OrderID, error)
	PlacementOf(ctx context.Context, id workflow.OrderID) (models.Placement, error)
	PlaceOrder(o workflow.Order, execution workflow.ExecutionID) workflow.Effect
	RecordPlacement(p models.Placement) workflow.Effect
}

// starter starts executions.
type starter interface {
	StartExecution(ctx context.Context, r engine.StartRequest) (workflow.ExecutionInfo, error)
}

// placing is one wish to place an order. Asked for again, with the same order id or the same
// order key, it answers with the order that stands.
type placing struct {
	OrderRequest        // without OrderID an id is made up
	By           string // person
	OrderKey     string // of the shop's form; empty from elsewhere
}

// placed is the order that stands now.
type placed struct {
	models.OrderInfo
	First bool // it was placed just now; else it stood already
	Same  bool // what stands is what was asked for
}

// placeOrder is the only way into the order workflow: order, placement and execution commit
// in one transaction, or none of them does. Errors: *fault for what the asker can mend.
func (s *Server) placeOrder(ctx context.Context, p placing) (placed, error) {
	if p.OrderKey != "" {
		p.OrderKey = ownKey(p.By, p.OrderKey)
	}
	hash := contentHash(p)
	if standing, err := s.standing(ctx, p, hash); err == nil || !errors.Is(err, workflow.ErrNotFound) {
		return standing, err
	}
	o, err := s.complete(ctx, p.OrderRequest)
	if err != nil {
		return placed{}, err
	}
	for range 3 { // an id that we made up may be taken
		if p.OrderID == "" {
			o.ID = newOrderID(s.now())
		}
		err = s.startOrder(ctx, o, p, hash)
		if err == nil {
			info, err := s.store.OrderInfo(ctx, o.ID)
			return placed{info, true, true}, err
		}
		if !twin(err) {
			return placed{}, err
		}
		standing, findErr := s.standing(ctx, p, hash)
		if findErr == nil || !errors.Is(findErr, workflow.ErrNotFound) {
			return standing, findErr
		}
		if p.OrderID != "" {
			return placed{}, err
		}
	}
	return placed{}, fmt.Errorf("no free order id found: %w", err)
}

// ownKey makes sure that nobody meets another's order by its key.
func ownKey(by, orderKey string) string { return by + "/" + orderKey }

// twin says whether the order, or another with its id, was placed since we looked.
func twin(err error) bool {
	return errors.Is(err, workflow.ErrExists) || errors.Is(err, workflow.ErrConflict) || errors.Is(err, workflow.ErrEffectRefused)
}

// standing is the order that this wish has made before, or workflow.ErrNotFound.
func (s *Server) standing(ctx context.Context, p placing, hash string) (placed, error) {
	id := p.OrderID
	if p.OrderKey != "" {
		byKey, err := s.store.OrderByKey(ctx, p.OrderKey)
		if err != nil {
			return placed{}, err
		}
		id = byKey
	}
	if id == "" {
		return placed{}, workflow.ErrNotFound
	}
	placement, err := s.store.PlacementOf(ctx, id)
	if err != nil {
		return placed{}, err
	}
	info, err := s.store.OrderInfo(ctx, id)
	return placed{info, false, placement.ContentHash == hash}, err
}

// complete turns a wish into an order: the customer's name, the catalogue's prices, address
// and card on file where none was given.
func (s *Server) complete(ctx context.Context, r OrderRequest) (workflow.Order, error) {
	customer, err := s.store.PersonByCustomer(ctx, r.CustomerID)
	if errors.Is(err, workflow.ErrNotFound) {
		return workflow.Order{}, invalid(FieldError{"order.customerId", fmt.Sprintf("There is no customer %s. Look the number up under People.", r.CustomerID)})
	}
	if err != nil {
		return workflow.Order{}, err
	}
	items, err := s.store.Items(ctx, itemIDs(r.Lines))
	if err != nil {
		return workflow.Order{}, err
	}
	o := workflow.Order{
		ID: r.OrderID, CustomerID: r.CustomerID, CustomerName: customer.Name, CustomerEmail: customer.Email,
		Address: customer.Address, Card: customer.Card, Status: workflow.OrderReceived, PlacedAt: s.now(),
	}
	var problems []FieldError
	o.Lines, o.Total, problems = s.orders.Price(items, r.Lines)
	if r.Address != nil {
		o.Address = *r.Address
	} else if o.Address.Street == "" {
		problems = append(problems, FieldError{"order.address", "The customer has no address on file. Send one with the order."})
	}
	if r.CardNumber != "" {
		if o.Card, err = s.orders.Tokenise(r.CardNumber); err != nil {
			problems = append(problems, FieldError{"order.card.number", sentence(err)})
		}
	} else if o.Card.Token == "" {
		problems = append(problems, FieldError{"order.card", "The customer has no card on file. Send one with the order."})
	}
	if len(problems) > 0 {
		return workflow.Order{}, invalid(problems...)
	}
	return o, nil
}

// sentence is what an error says, as people write it.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

func (s *Server) startOrder(ctx context.Context, o workflow.Order, p placing, hash string) error {
	_, err := s.engine.StartExecution(ctx, engine.StartRequest{
		StateMachine: s.orders.StateMachine,
		Name:         s.orders.ExecutionName(o.ID),
		Input:        s.orders.Input(o.ID, o.CustomerID, p.Lines),
		Effects:      s.placedBy(o, p, hash),
	})
	return err
}

// placedBy are the effects that place an order together with the start of its execution.
func (s *Server) placedBy(o workflow.Order, p placing, hash string) func(workflow.ExecutionID) []workflow.Effect {
	return func(id workflow.ExecutionID) []workflow.Effect {
		return []workflow.Effect{
			s.store.PlaceOrder(o, id),
			s.store.RecordPlacement(models.Placement{OrderID: o.ID, PersonID: p.By, OrderKey: p.OrderKey, ContentHash: hash}),
		}
	}
}

// contentHash tells a repetition from another order under the same id. Of a card it takes the
// last four digits only, so that the hash does not give the number away.
func contentHash(p placing) string {
	content := p.OrderRequest
	content.CardNumber = content.CardNumber[max(0, len(content.CardNumber)-4):]
	if p.OrderKey != "" {
		content.OrderID = ""
	}
	encoded, err := json.Marshal(content)
	if err != nil {
		panic(err) // texts and whole numbers always encode
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

func itemIDs(lines []workflow.Line) []string {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.ItemID
	}
	return ids
}
