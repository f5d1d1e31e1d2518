package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

// apiOrderPlace places the order exactly once per orderId: 201 the first time, 200 with the
// same order for the same content, 409 for other content.
func (s *Server) apiOrderPlace(c echo.Context) error {
	body, err := readJSON(c)
	if err != nil {
		return err
	}
	request, problems := s.orders.Parse(body)
	if len(problems) > 0 {
		return invalid(problems...)
	}
	person := personOf(c)
	if !mayOrderFor(person, request.CustomerID) {
		return forbidden("With this API key you can order for customer " + person.CustomerID + " only. Send that customerId.")
	}
	order, err := s.placeOrder(c.Request().Context(), placing{OrderRequest: request, By: person.ID})
	if err != nil {
		return err
	}
	if !order.Same {
		return conflict("Order " + string(request.OrderID) + " exists with different content, so nothing was changed. Send another orderId.")
	}
	location := paths.APIOrder(string(order.ID))
	status := http.StatusOK
	if order.First {
		status = http.StatusCreated
		c.Response().Header().Set(echo.HeaderLocation, location)
	}
	return s.answerOrder(c, status, order.OrderInfo)
}

// mayOrderFor: everybody for themselves, operators for every customer.
func mayOrderFor(p *models.Person, customerID string) bool {
	return p.Has(workflow.RoleOperator, workflow.RoleAdministrator) || p.CustomerID != "" && p.CustomerID == customerID
}
