package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/workflow"
)

// cart is what a person has chosen so far. It lives in the session, one for each person who
// uses it: in the demo several people share a browser.
type cart struct {
	Lines []cartLine `json:"lines"`

	// Key is the order key of the checkout while these lines are not ordered: whoever orders
	// them in two tabs, or again because no answer came, orders them once.
	Key string `json:"key"`
}

// cartLine is an item in the cart, with the price at which it was put there.
type cartLine struct {
	ItemID   string         `json:"item"`
	Name     string         `json:"name"`
	Quantity int64          `json:"quantity"`
	Price    workflow.Money `json:"price"`
}

func cartKey(p *models.Person) string { return "cart/" + p.ID }

// cartOf reads the visitor's cart.
func (s *Server) cartOf(c echo.Context) *cart {
	return s.cartIn(visitOf(c).ctx, personOf(c))
}

// cartIn is an empty cart too when nobody can read any more what an older version wrote.
func (s *Server) cartIn(ctx context.Context, p *models.Person) *cart {
	found := &cart{}
	stored := s.sessions.GetBytes(ctx, cartKey(p))
	if len(stored) > 0 && json.Unmarshal(stored, found) != nil {
		return &cart{}
	}
	return found
}

// errCartRefused: a change of the cart has reported a problem.
var errCartRefused = errors.New("the cart stays as it is")

// changeCart changes the visitor's cart as it is now, not as it was when the request came, and
// one change at a time: of two clicks in quick succession neither undoes the other. A problem
// that change reports leaves everything as it is.
func (s *Server) changeCart(c echo.Context, change func(*cart) (problem string)) (problem string, err error) {
	v, p := visitOf(c), personOf(c)
	// Without the request's values, among which is the session as it was.
	ctx, err := s.rewriteSession(context.Background(), v.cookie, func(ctx context.Context) error {
		if s.sessions.GetString(ctx, keyPerson) != p.ID {
			return errSignedOut // meanwhile, in another tab
		}
		chosen := s.cartIn(ctx, p)
		if problem = change(chosen); problem != "" {
			return errCartRefused
		}
		return s.putCart(ctx, p, chosen)
	})
	switch {
	case errors.Is(err, errCartRefused):
		return problem, nil
	case err != nil:
		return "", err
	}
	v.ctx, v.saved = ctx, true
	return "", nil
}

func (s *Server) putCart(ctx context.Context, p *models.Person, kept *cart) error {
	if len(kept.Lines) == 0 {
		s.sessions.Remove(ctx, cartKey(p))
		return nil
	}
	stored, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	s.sessions.Put(ctx, cartKey(p), stored)
	return nil
}

func (k *cart) line(itemID string) *cartLine {
	for i := range k.Lines {
		if k.Lines[i].ItemID == itemID {
			return &k.Lines[i]
		}
	}
	return nil
}

func (k *cart) quantity(itemID string) int64 {
	if line := k.line(itemID); line != nil {
		return line.Quantity
	}
	return 0
}

// set makes the quantity of an item what is wanted, or says why that cannot be. The price is
// the catalogue's of now.
func (k *cart) set(item workflow.Item, wanted int64) (problem string) {
	line := k.line(item.ID)
	switch {
	case wanted > workflow.MaxQuantity:
		return quantityMessage
	case wanted > item.Available && (line == nil || wanted > line.Quantity):
		return shortage(item)
	case line == nil && len(k.Lines) >= workflow.MaxLines:
		return fmt.Sprintf("A cart holds %d different items. Place this order first, or take something out.", workflow.MaxLines)
	case line == nil:
		k.Key = cmp.Or(k.Key, rand.Text())
		k.Lines = append(k.Lines, cartLine{ItemID: item.ID})
		line = &k.Lines[len(k.Lines)-1]
	}
	line.Name, line.Quantity, line.Price = item.Name, wanted, item.Price
	return ""
}

func (k *cart) remove(itemID string) {
	k.Lines = slices.DeleteFunc(k.Lines, func(l cartLine) bool { return l.ItemID == itemID })
}

// ordered takes out what has been ordered; what is left is another order.
func (k *cart) ordered(lines []workflow.Line) {
	k.Key = rand.Text()
	k.Lines = slices.DeleteFunc(k.Lines, func(l cartLine) bool {
		return slices.ContainsFunc(lines, func(o workflow.Line) bool { return o.ItemID == l.ItemID && o.Quantity == l.Quantity })
	})
}

// order is the cart as lines of an order: what is wanted, not what it costs.
func (k *cart) order() []workflow.Line {
	lines := make([]workflow.Line, len(k.Lines))
	for i, l := range k.Lines {
		lines[i] = workflow.Line{ItemID: l.ItemID, Quantity: l.Quantity}
	}
	return lines
}

var quantityMessage = fmt.Sprintf("The quantity must be a whole number from 1 to %d.", workflow.MaxQuantity)

func shortage(item workflow.Item) string {
	switch {
	case item.Available <= 0:
		return item.Name + " is out of stock. Take it out of the cart to order the rest."
	case item.Available == 1:
		return "Only 1 of " + item.Name + " is left."
	}
	return fmt.Sprintf("Only %d of %s are left.", item.Available, item.Name)
}

// readQuantity reads a quantity as it was typed; least is 0 where that takes an item out.
func readQuantity(typed string, least int64) (quantity int64, problem string) {
	n, err := strconv.ParseInt(strings.TrimSpace(typed), 10, 64)
	if err != nil || n < least || n > workflow.MaxQuantity {
		return 0, quantityMessage
	}
	return n, ""
}
