package web

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/static"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
)

// inventoryStore keeps the stock.
type inventoryStore interface {
	Catalogue(ctx context.Context) ([]models.StockItem, error)
	Item(ctx context.Context, id string) (models.StockItem, error)
	Movements(ctx context.Context, itemID string, page models.Page) ([]models.Movement, string, error)
	SetStock(ctx context.Context, itemID string, onHand int64, by, note string) error
	People(ctx context.Context) ([]models.Person, error)
}

// inventoryList shows what stands on the shelves.
func (s *Server) inventoryList(c echo.Context) error {
	m, err := s.inventoryView(c.Request().Context())
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, s.frame(c, "Inventory", layouts.Inventory), pages.InventoryPage(m))
}

func (s *Server) inventoryLive(c echo.Context) error {
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.inventoryView(ctx)
		return pages.InventoryFragment(m), false, err
	}, models.TopicInventory)
}

func (s *Server) inventoryView(ctx context.Context) (pages.Inventory, error) {
	m := pages.Inventory{Now: s.now(), LiveURL: paths.InventoryLive}
	items, err := s.store.Catalogue(ctx)
	for _, i := range items {
		m.Rows = append(m.Rows, inventoryRow(i))
	}
	return m, err
}

func inventoryRow(i models.StockItem) pages.InventoryRow {
	row := pages.InventoryRow{ID: i.ID, Name: i.Name, Price: i.Price, OnHand: i.OnHand, Reserved: i.Reserved}
	if i.Picture != "" {
		row.Picture = static.URL(i.Picture)
	}
	return row
}
