package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

const maxOrderKey = 64 // characters; ours have 26

// orderCheckout places the order that is in the cart. However often one form is sent (a double
// click, a reload, the back button), its order key makes one order, and every answer leads there.
func (s *Server) orderCheckout(c echo.Context) error {
	ctx, p, form := c.Request().Context(), personOf(c), checkoutForm(c)
	if p.CustomerID == "" {
		return forbidden("You have no customer number, so you cannot order. Ask an administrator for one.")
	}
	if form.OrderKey == "" || len(form.OrderKey) > maxOrderKey {
		return badRequest("The form came without its order key, so nothing was ordered. Open the shop again and send it from there.")
	}
	standing, err := s.standing(ctx, placing{OrderKey: ownKey(p.ID, form.OrderKey)}, "")
	switch {
	case err == nil:
		return s.showPlaced(c, standing, form.OrderKey)
	case !errors.Is(err, workflow.ErrNotFound):
		return err
	}
	chosen := s.cartOf(c)
	status, problems, err := s.checkCheckout(c, chosen, &form)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return s.showShop(c, status, form, problems)
	}
	order, err := s.placeOrder(ctx, placing{OrderRequest: checkoutRequest(p, chosen, form), By: p.ID, OrderKey: form.OrderKey})
	var told *fault
	if errors.As(err, &told) && told.Status == http.StatusUnprocessableEntity {
		sortProblems(&form, told.Fields)
		return s.showShop(c, told.Status, form, nil)
	}
	if err != nil {
		return err
	}
	return s.showPlaced(c, order, form.OrderKey)
}

// showPlaced takes what was ordered out of the cart and leads to the order. When the order
// stood already, the cart is what was chosen since, unless it still has that order's key.
func (s *Server) showPlaced(c echo.Context, order placed, key string) error {
	_, err := s.changeCart(c, func(chosen *cart) string {
		if order.First || chosen.Key == key {
			chosen.ordered(order.Lines)
		}
		return ""
	})
	if err != nil {
		return err
	}
	text := fmt.Sprintf("Thank you. Your order %s is placed.", order.ID)
	if !order.First {
		text = fmt.Sprintf("This order was placed already: it is %s, and there is only one of it.", order.ID)
	}
	s.flash(c, components.Success, text)
	return seeOther(c, paths.Order(string(order.ID)))
}

func checkoutForm(c echo.Context) pages.Checkout {
	typed := func(name string) string { return strings.TrimSpace(field(c, name)) }
	return pages.Checkout{
		OrderKey: typed("order_key"), Name: typed("name"), Street: typed("street"), Postcode: typed("postcode"),
		City: typed("city"), Country: typed("country"), Card: typed("card"),
	}
}

func checkoutRequest(p *models.Person, chosen *cart, form pages.Checkout) OrderRequest {
	return OrderRequest{
		CustomerID: p.CustomerID, Lines: chosen.order(), CardNumber: form.Card,
		Address: &workflow.Address{Name: form.Name, Street: form.Street, Postcode: form.Postcode, City: form.City, Country: form.Country},
	}
}

// checkCheckout says with which status to refuse the form, or 200, and puts into it what is
// wrong; problems are those of the cart, by item.
func (s *Server) checkCheckout(c echo.Context, chosen *cart, form *pages.Checkout) (status int, problems map[string]string, err error) {
	if len(chosen.Lines) == 0 {
		form.Errors.General = "Your cart is empty. Put something in before you order."
		return http.StatusUnprocessableEntity, nil, nil
	}
	items, err := s.store.Catalogue(c.Request().Context())
	if err != nil {
		return 0, nil, err
	}
	view := cartView(items, chosen, nil)
	short := slices.ContainsFunc(view.Lines, func(l pages.CartLine) bool { return l.Quantity > l.Available })
	switch seen := field(c, "total"); {
	case short:
		form.Errors.General = "Not everything in your cart is in stock any more. Nothing was ordered."
		return http.StatusConflict, nil, nil
	case seen != "" && seen != pages.TotalSeen(view.Total):
		form.Errors.General = fmt.Sprintf("The total is %s now, because a price or your cart has changed. Nothing was ordered: look at it and place the order again.",
			components.MoneyText(view.Total))
		return http.StatusConflict, nil, nil
	}
	sortProblems(form, s.orders.Check(checkoutRequest(personOf(c), chosen, *form)))
	if form.Country != "" && pages.CountryName(form.Country) == form.Country {
		form.Errors.Country = "We do not ship there. Choose one of the countries in the list."
	}
	if form.Card == "" {
		form.Errors.Card = "Choose how you pay."
	}
	if form.Errors != (pages.CheckoutErrors{}) {
		return http.StatusUnprocessableEntity, nil, nil
	}
	return http.StatusOK, nil, nil
}

// sortProblems puts each problem beside its field. The order's number is made by us, so that
// it is missing is none.
func sortProblems(form *pages.Checkout, problems []FieldError) {
	for _, p := range problems {
		switch p.Field {
		case "order.orderId":
		case "order.address.name":
			form.Errors.Name = p.Message
		case "order.address.street":
			form.Errors.Street = p.Message
		case "order.address.postcode":
			form.Errors.Postcode = p.Message
		case "order.address.city":
			form.Errors.City = p.Message
		case "order.address.country":
			form.Errors.Country = p.Message
		case "order.card", "order.card.number":
			form.Errors.Card = p.Message
		default:
			form.Errors.General = strings.TrimSpace(form.Errors.General + " " + p.Message)
		}
	}
}
