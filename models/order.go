package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

type orderRecord struct {
	ID              string `gorm:"primaryKey"`
	CustomerID      string
	CustomerName    string
	CustomerEmail   string
	ShipName        string
	ShipStreet      string
	ShipCity        string
	ShipPostcode    string
	ShipCountry     string
	CardBrand       string
	CardLastFour    string
	CardToken       string
	Total           int64
	Currency        string
	Status          string
	Reason          string
	Attention       bool
	CancelRequested bool
	ExecutionID     int64
	PlacedAt        stamp
	UpdatedAt       stamp `gorm:"autoUpdateTime:false"`
	ShippedAt       stamp
	ClosedAt        stamp
}

func (orderRecord) TableName() string { return "orders" }

// lineRecord is one line of an order. The position keeps two lines of one item apart.
type lineRecord struct {
	OrderID   string `gorm:"primaryKey"`
	Position  int    `gorm:"primaryKey"`
	ItemID    string
	Name      string
	Quantity  int64
	UnitPrice int64
	Currency  string
}

func (lineRecord) TableName() string { return "order_lines" }

// OrderInfo is an order with what the shop itself knows about it.
type OrderInfo struct {
	workflow.Order
	Execution     workflow.ExecutionID
	ExecutionName string
	PersonID      string // who placed it; empty when it did not come through a person's session or key
	Reason        string // what people read about an order that did not complete
	Attention     bool   // undoing it has failed; an operator must act
	UpdatedAt     time.Time
	ShippedAt     time.Time // zero until the shipment is booked
	ClosedAt      time.Time // zero while it is open
}

// orderRow is an order joined with its placement and its execution's name.
type orderRow struct {
	Record        orderRecord `gorm:"embedded"`
	PersonID      string
	ExecutionName string
}

func orderRows(db *gorm.DB) *gorm.DB {
	return db.Table("orders").
		Select("orders.*, COALESCE(p.person_id, '') AS person_id, COALESCE(e.name, '') AS execution_name").
		Joins("LEFT JOIN order_placements p ON p.order_id = orders.id").
		Joins("LEFT JOIN executions e ON e.id = orders.execution_id")
}

// OrderInfo reads one order with everything known about it, or workflow.ErrNotFound.
func (s *Store) OrderInfo(ctx context.Context, id workflow.OrderID) (OrderInfo, error) {
	var r orderRow
	if err := orderRows(s.read(ctx)).Where("orders.id = ?", id).Take(&r).Error; err != nil {
		return OrderInfo{}, found("order "+string(id), err)
	}
	infos, err := s.orderInfos(ctx, []orderRow{r})
	if err != nil {
		return OrderInfo{}, err
	}
	return infos[0], nil
}

func (s *Store) orderInfos(ctx context.Context, rows []orderRow) ([]OrderInfo, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Record.ID
	}
	lines, err := s.lines(ctx, ids...)
	if err != nil {
		return nil, err
	}
	infos := make([]OrderInfo, len(rows))
	for i, row := range rows {
		r := row.Record
		infos[i] = OrderInfo{
			Order: r.order(lines[r.ID]), Execution: workflow.ExecutionID(r.ExecutionID), ExecutionName: row.ExecutionName,
			PersonID: row.PersonID, Reason: r.Reason, Attention: r.Attention,
			UpdatedAt: r.UpdatedAt.Time(), ShippedAt: r.ShippedAt.Time(), ClosedAt: r.ClosedAt.Time(),
		}
	}
	return infos, nil
}

func (s *Store) lines(ctx context.Context, ids ...string) (map[string][]workflow.Line, error) {
	lines := make(map[string][]workflow.Line, len(ids))
	if len(ids) == 0 {
		return lines, nil
	}
	var rows []lineRecord
	if err := s.read(ctx).Where("order_id IN ?", ids).Order("order_id, position").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read order lines: %w", err)
	}
	for _, r := range rows {
		lines[r.OrderID] = append(lines[r.OrderID], workflow.Line{
			ItemID: r.ItemID, Name: r.Name, Quantity: r.Quantity,
			UnitPrice: workflow.Money{Amount: r.UnitPrice, Currency: r.Currency},
		})
	}
	return lines, nil
}

func (r orderRecord) order(lines []workflow.Line) workflow.Order {
	return workflow.Order{
		ID: workflow.OrderID(r.ID), CustomerID: r.CustomerID, CustomerName: r.CustomerName, CustomerEmail: r.CustomerEmail,
		Lines: lines, Total: workflow.Money{Amount: r.Total, Currency: r.Currency},
		Address: workflow.Address{
			Name: r.ShipName, Street: r.ShipStreet, City: r.ShipCity, Postcode: r.ShipPostcode, Country: r.ShipCountry,
		},
		Card:   workflow.Card{Brand: r.CardBrand, LastFour: r.CardLastFour, Token: r.CardToken},
		Status: workflow.OrderStatus(r.Status), CancelRequested: r.CancelRequested, PlacedAt: r.PlacedAt.Time(),
		Execution: workflow.ExecutionID(r.ExecutionID),
	}
}
