package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/workflow"
)

type itemRecord struct {
	ID       string `gorm:"primaryKey"`
	Position int64  // in the catalogue
	Name     string
	Summary  string
	Picture  string
	Price    int64
	Currency string
	OnHand   int64 // on the shelf, reserved or not
	Reserved int64 // promised to open orders
}

func (itemRecord) TableName() string { return "items" }

func (r itemRecord) item() workflow.Item {
	return workflow.Item{
		ID: r.ID, Name: r.Name, Summary: r.Summary, Picture: r.Picture,
		Price:     workflow.Money{Amount: r.Price, Currency: r.Currency},
		Available: r.OnHand - r.Reserved,
	}
}

// StockItem is an item as the warehouse sees it.
type StockItem struct {
	workflow.Item
	OnHand   int64 // on the shelf, reserved or not
	Reserved int64 // promised to open orders
}

func (r itemRecord) stock() StockItem {
	return StockItem{Item: r.item(), OnHand: r.OnHand, Reserved: r.Reserved}
}

// Catalogue lists everything for sale in the catalogue's order.
func (s *Store) Catalogue(ctx context.Context) ([]StockItem, error) {
	var rows []itemRecord
	if err := s.read(ctx).Order("position, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	items := make([]StockItem, len(rows))
	for i, r := range rows {
		items[i] = r.stock()
	}
	return items, nil
}

// Item reads one item, or workflow.ErrNotFound.
func (s *Store) Item(ctx context.Context, id string) (StockItem, error) {
	var r itemRecord
	if err := s.read(ctx).Where("id = ?", id).Take(&r).Error; err != nil {
		return StockItem{}, found("item "+id, err)
	}
	return r.stock(), nil
}

// Items reads several items; those that do not exist are missing from the map.
func (s *Store) Items(ctx context.Context, ids []string) (map[string]workflow.Item, error) {
	items := make(map[string]workflow.Item, len(ids))
	if len(ids) == 0 {
		return items, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := s.readRows(ctx, `SELECT id, name, summary, picture, price, currency, on_hand, reserved FROM items
		WHERE id IN `+marks(len(ids)), args...)
	if err != nil {
		return nil, fmt.Errorf("read items: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r itemRecord
		if err := rows.Scan(&r.ID, &r.Name, &r.Summary, &r.Picture, &r.Price, &r.Currency, &r.OnHand, &r.Reserved); err != nil {
			return nil, fmt.Errorf("read items: %w", err)
		}
		items[r.ID] = r.item()
	}
	return items, rows.Err()
}

// AddItem puts a new item at the end of the catalogue; item.Available is what
// stands on the shelf. Errors: workflow.ErrExists.
func (s *Store) AddItem(ctx context.Context, item workflow.Item, by string) error {
	return s.writeStock(ctx, func(tx *gorm.DB) error {
		return addItem(tx, item, by, stampOf(s.now()))
	})
}

func addItem(tx *gorm.DB, item workflow.Item, by string, at stamp) error {
	var last int64
	if err := tx.Raw("SELECT COALESCE(MAX(position), 0) FROM items").Scan(&last).Error; err != nil {
		return fmt.Errorf("add item %s: %w", item.ID, err)
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&itemRecord{
		ID: item.ID, Position: last + 1, Name: item.Name, Summary: item.Summary, Picture: item.Picture,
		Price: item.Price.Amount, Currency: item.Price.Currency, OnHand: item.Available,
	})
	if res.Error != nil {
		return fmt.Errorf("add item %s: %w", item.ID, res.Error)
	}
	if res.RowsAffected == 0 {
		return fmt.Errorf("item %s: %w", item.ID, workflow.ErrExists)
	}
	return move(tx, movementRecord{
		ItemID: item.ID, OnHandChange: item.Available, Reason: MovementStocked, PersonID: by, At: at,
	})
}

// found turns "no such row" into workflow.ErrNotFound.
func found(what string, err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("%s: %w", what, workflow.ErrNotFound)
	}
	return fmt.Errorf("read %s: %w", what, err)
}

// refuse says which condition of an effect did not hold.
func refuse(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), workflow.ErrEffectRefused)
}
