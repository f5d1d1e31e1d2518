package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

const (
	maxStock = 1_000_000 // pieces of one item on the shelf
	maxNote  = 200       // characters
)

// inventoryAdjust takes a count of the shelf. What open orders hold cannot be counted away.
func (s *Server) inventoryAdjust(c echo.Context) error {
	ctx := c.Request().Context()
	item, err := s.store.Item(ctx, c.Param("itemId"))
	if err != nil {
		return err
	}
	form := pages.StockForm{Stock: strings.TrimSpace(field(c, "stock")), Note: strings.TrimSpace(field(c, "note"))}
	counted := checkStock(&form, item)
	if form.StockError != "" || form.NoteError != "" {
		return s.showStock(c, http.StatusUnprocessableEntity, item, form)
	}
	err = s.store.SetStock(ctx, item.ID, counted, personOf(c).ID, form.Note)
	if errors.Is(err, workflow.ErrEffectRefused) { // an order has reserved some since the page was read
		if item, err = s.store.Item(ctx, item.ID); err != nil {
			return err
		}
		form.StockError = tooFew(item)
		return s.showStock(c, http.StatusConflict, item, form)
	}
	if err != nil {
		return err
	}
	s.flash(c, components.Success, fmt.Sprintf("%s: %s on the shelf.", item.Name, components.Count(int(counted), "piece")))
	return seeOther(c, paths.InventoryItem(item.ID))
}

// checkStock says in the form what is wrong with it, and reads the count.
func checkStock(form *pages.StockForm, item models.StockItem) (counted int64) {
	counted, err := strconv.ParseInt(form.Stock, 10, 64)
	switch {
	case err != nil || strings.HasPrefix(form.Stock, "+"):
		form.StockError = "Type a whole number of pieces, such as 40."
	case counted < item.Reserved:
		form.StockError = tooFew(item)
	case counted < 0:
		form.StockError = "There cannot be fewer than none. Type a whole number of pieces."
	case counted > maxStock:
		form.StockError = "One shelf holds at most 1,000,000 pieces. Type a smaller number."
	}
	switch {
	case form.Note == "":
		form.NoteError = "Say in a few words why the number changes."
	case utf8.RuneCountInString(form.Note) > maxNote || strings.ContainsFunc(form.Note, unprintable):
		form.NoteError = "Say it in at most 200 printable characters."
	}
	return counted
}

func tooFew(item models.StockItem) string {
	return fmt.Sprintf("Open orders hold %d of them, so there must be at least as many. Count again, or cancel an order first.", item.Reserved)
}
