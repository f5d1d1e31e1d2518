package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// itemStore is the catalogue's side of the cart.
type itemStore interface {
	Item(ctx context.Context, id string) (models.StockItem, error)
}

// cartAdd puts more of an item into the cart. What cannot be done changes nothing and is
// answered with 422 and the shop as it stands.
func (s *Server) cartAdd(c echo.Context) error {
	id := field(c, "item")
	more, problem := readQuantity(field(c, "quantity"), 1)
	if problem != "" {
		return s.refuseCart(c, http.StatusUnprocessableEntity, id, problem)
	}
	return s.choose(c, id, func(before int64) int64 { return before + more })
}

// cartSet makes the quantity of an item what was asked for; 0 takes it out of the cart, even
// when it is not for sale any more.
func (s *Server) cartSet(c echo.Context) error {
	id := c.Param("itemId")
	wanted, problem := readQuantity(field(c, "quantity"), 0)
	if problem != "" {
		return s.refuseCart(c, http.StatusUnprocessableEntity, id, problem)
	}
	if wanted == 0 {
		_, err := s.changeCart(c, func(chosen *cart) string { chosen.remove(id); return "" })
		if err != nil {
			return err
		}
		return seeOther(c, paths.Shop+"#cart")
	}
	return s.choose(c, id, func(int64) int64 { return wanted })
}

// choose makes the quantity of an item what is wanted, given how many are in the cart.
func (s *Server) choose(c echo.Context, itemID string, wanted func(before int64) int64) error {
	item, err := s.store.Item(c.Request().Context(), itemID)
	if errors.Is(err, workflow.ErrNotFound) {
		return s.refuseCart(c, http.StatusNotFound, itemID, "This is not for sale any more. Choose something else.")
	}
	if err != nil {
		return err
	}
	problem, err := s.changeCart(c, func(chosen *cart) string {
		return chosen.set(item.Item, wanted(chosen.quantity(itemID)))
	})
	if err != nil {
		return err
	}
	if problem != "" {
		return s.refuseCart(c, http.StatusUnprocessableEntity, itemID, problem)
	}
	if c.Request().Header.Get("HX-Request") == "" {
		s.flash(c, components.Success, item.Name+" is in your cart.")
	}
	return seeOther(c, paths.Shop+"#cart")
}

// refuseCart says beside the item's line in the cart what is wrong, or above everything when
// it has no line.
func (s *Server) refuseCart(c echo.Context, status int, itemID, problem string) error {
	if s.cartOf(c).line(itemID) != nil {
		return s.showShop(c, status, pages.Checkout{}, map[string]string{itemID: problem})
	}
	return s.showShop(c, status, pages.Checkout{Errors: pages.CheckoutErrors{General: problem}}, nil)
}
