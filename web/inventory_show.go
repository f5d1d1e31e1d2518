package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
)

const movementsOnPage = 25

// inventoryShow shows one item's stock and what moved it.
func (s *Server) inventoryShow(c echo.Context) error {
	item, err := s.store.Item(c.Request().Context(), c.Param("itemId"))
	if err != nil {
		return err
	}
	return s.showStock(c, http.StatusOK, item, pages.StockForm{Stock: strconv.FormatInt(item.OnHand, 10)})
}

func (s *Server) showStock(c echo.Context, status int, item models.StockItem, form pages.StockForm) error {
	frame := s.frame(c, item.Name, layouts.Inventory)
	frame.Width = layouts.Wide
	m := pages.InventoryItem{Now: s.now(), CSRF: frame.CSRF, Item: inventoryRow(item), Form: form}
	if err := s.addMovements(c.Request().Context(), &m, c.QueryParam("after")); err != nil {
		return err
	}
	return s.show(c, status, frame, pages.InventoryItemPage(m))
}

func (s *Server) addMovements(ctx context.Context, m *pages.InventoryItem, after string) error {
	movements, next, err := s.store.Movements(ctx, m.Item.ID, models.Page{Limit: movementsOnPage, After: after})
	if err != nil {
		return err
	}
	names, err := s.names(ctx)
	if err != nil {
		return err
	}
	for _, v := range movements {
		m.Movements = append(m.Movements, pages.StockMovement{
			At: v.At, Status: pages.MovementStatus(v.Reason), OnHandChange: v.OnHandChange, ReservedChange: v.ReservedChange,
			OrderID: v.OrderID, Person: names[v.PersonID], Note: v.Note,
		})
	}
	if next != "" {
		m.Older = paths.InventoryItemAfter(m.Item.ID, next)
	}
	if after != "" {
		m.Newer = paths.InventoryItem(m.Item.ID)
	}
	return nil
}

// names are the names of all people by id.
func (s *Server) names(ctx context.Context) (map[string]string, error) {
	people, err := s.store.People(ctx)
	names := make(map[string]string, len(people))
	for _, p := range people {
		names[p.ID] = p.Name
	}
	return names, err
}
