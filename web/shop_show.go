package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/static"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// shopStore is what is for sale, and who has bought before.
type shopStore interface {
	Catalogue(ctx context.Context) ([]models.StockItem, error)
	Orders(ctx context.Context, f models.OrderFilter, page models.Page) ([]models.OrderInfo, string, error)
	Settings(ctx context.Context) (workflow.Settings, error)
}

// shopShow shows the catalogue, the cart and the checkout, which carries the cart's order key:
// what is sent with the same key twice is one order.
func (s *Server) shopShow(c echo.Context) error {
	return s.showShop(c, http.StatusOK, pages.Checkout{}, nil)
}

// showShop shows the shop with what was typed and what is wrong with it; problems are by
// item and stand beside its line in the cart.
func (s *Server) showShop(c echo.Context, status int, form pages.Checkout, problems map[string]string) error {
	ctx := c.Request().Context()
	items, err := s.store.Catalogue(ctx)
	if err != nil {
		return err
	}
	settings, err := s.store.Settings(ctx)
	if err != nil {
		return err
	}
	chosen := s.cartOf(c)
	m := pages.Shop{
		CSRF: csrfToken(c), Items: shopItems(items, chosen), Limit: settings.ApprovalLimit,
		Cart: cartView(items, chosen, problems), Checkout: s.checkoutView(c, form, chosen),
	}
	m.Cart.NeedsApproval = needsApproval(m.Cart.Total, settings.ApprovalLimit)
	if m.Hint, m.Approver, err = s.hint(ctx, personOf(c)); err != nil {
		return err
	}
	return s.show(c, status, s.frame(c, "Shop", layouts.Shop), pages.ShopPage(m))
}

func shopItems(items []models.StockItem, chosen *cart) []pages.ShopItem {
	list := make([]pages.ShopItem, len(items))
	for i, item := range items {
		list[i] = pages.ShopItem{
			ID: item.ID, Name: item.Name, Summary: item.Summary, Picture: static.URL(item.Picture),
			Price: item.Price, Available: item.Available, InCart: chosen.quantity(item.ID),
		}
	}
	return list
}

// cartView is the cart at today's prices, with what has changed since its items were chosen.
func cartView(items []models.StockItem, chosen *cart, problems map[string]string) pages.Cart {
	byID := make(map[string]workflow.Item, len(items))
	for _, item := range items {
		byID[item.ID] = item.Item
	}
	var view pages.Cart
	for _, line := range chosen.Lines {
		item, sold := byID[line.ItemID]
		if !sold {
			item = workflow.Item{ID: line.ItemID, Name: line.Name, Price: workflow.Money{Currency: line.Price.Currency}}
		}
		v := cartLineView(item, line, sold)
		if p := problems[line.ItemID]; p != "" {
			v.Problem = p
		}
		view.Lines = append(view.Lines, v)
		if view.Total.Currency == "" {
			view.Total.Currency = v.Total.Currency
		}
		if sum, ok := view.Total.Plus(v.Total); ok {
			view.Total = sum
		}
	}
	return view
}

func cartLineView(item workflow.Item, line cartLine, sold bool) pages.CartLine {
	v := pages.CartLine{ItemID: item.ID, Name: item.Name, Quantity: line.Quantity, Available: item.Available}
	v.Total, _ = item.Price.Times(line.Quantity) // of at most 999 pieces
	if item.Picture != "" {
		v.Picture = static.URL(item.Picture)
	}
	switch {
	case !sold:
		v.Problem = "This is not for sale any more. Take it out of the cart to order the rest."
	case line.Quantity > item.Available:
		v.Problem = shortage(item)
	case line.Price != item.Price:
		v.Problem = fmt.Sprintf("The price has changed from %s to %s since you chose it.",
			components.MoneyText(line.Price), components.MoneyText(item.Price))
	}
	return v
}

func needsApproval(total, limit workflow.Money) bool {
	return total.Amount > 0 && (total.Currency != limit.Currency || total.Amount > limit.Amount)
}

// checkoutView fills in what was not typed: a key, the visitor's own address, the cards.
func (s *Server) checkoutView(c echo.Context, form pages.Checkout, chosen *cart) pages.Checkout {
	if form.OrderKey == "" {
		form.OrderKey = cmp.Or(chosen.Key, rand.Text())
		home := personOf(c).Address
		form.Name, form.Street, form.Postcode, form.City, form.Country = home.Name, home.Street, home.Postcode, home.City, home.Country
	}
	for _, card := range s.orders.Cards {
		digits := strings.ReplaceAll(card.Number, " ", "")
		form.Cards = append(form.Cards, pages.TestCard{
			Value: digits, LastFour: digits[max(0, len(digits)-4):], Title: card.Title, Does: card.Does,
		})
	}
	return form
}

// hint says whether to tell a demo person what to order first, and whom to become then.
func (s *Server) hint(ctx context.Context, p *models.Person) (bool, string, error) {
	if !s.demo || !p.Demo || p.CustomerID == "" {
		return false, "", nil
	}
	orders, _, err := s.store.Orders(ctx, models.OrderFilter{CustomerID: p.CustomerID}, models.Page{Limit: 1})
	if err != nil || len(orders) > 0 {
		return false, "", err
	}
	people, err := s.store.People(ctx)
	if err != nil {
		return false, "", err
	}
	for _, other := range people {
		if other.Demo && !other.Disabled && other.ID != p.ID && other.Has(workflow.RoleApprover) && !other.Has(workflow.RoleAdministrator) {
			return true, other.Name, nil
		}
	}
	return false, "", nil
}
