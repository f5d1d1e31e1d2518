package pages

import (
	"strconv"
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// Inventory is what stands on the shelves.
type Inventory struct {
	Now     time.Time
	Rows    []InventoryRow
	LiveURL string
}

// InventoryRow is the stock of one item.
type InventoryRow struct {
	ID       string
	Name     string
	Picture  string // address of the picture
	Price    workflow.Money
	OnHand   int64 // on the shelf
	Reserved int64 // of those, promised to open orders
}

// Available is what can still be ordered.
func (r InventoryRow) Available() int64 { return r.OnHand - r.Reserved }

// few is the number of available pieces from which an operator should think of more.
const few = 3

// SoldOut says whether none can be ordered.
func (r InventoryRow) SoldOut() bool { return r.Available() <= 0 }

// Few says whether an operator should think of more, though some can be ordered.
func (r InventoryRow) Few() bool { return !r.SoldOut() && r.Available() <= few }

func (r InventoryRow) status() components.Status {
	switch {
	case r.SoldOut():
		return components.Status{Text: "Sold out", Icon: components.IconFailed, Tone: components.Danger}
	case r.Few():
		return components.Status{Text: "Few left", Icon: components.IconWarning, Tone: components.Waiting}
	}
	return components.Status{Text: "In stock", Icon: components.IconDone, Tone: components.Success}
}

// InventoryItem is the stock of one item, with what moved it.
type InventoryItem struct {
	Now          time.Time
	CSRF         string
	Item         InventoryRow
	Form         StockForm
	Movements    []StockMovement // newest first
	Newer, Older string          // addresses of the neighbouring parts; empty: there is none
}

// StockForm is the counted stock: POST to paths.InventoryItem with fields "stock" (a whole number)
// and "note". Values are as they were sent; at first Stock is what is on hand.
type StockForm struct {
	Stock, StockError string
	Note, NoteError   string
}

// StockMovement is one change of an item's stock.
type StockMovement struct {
	At             time.Time
	Status         components.Status // MovementStatus words it
	OnHandChange   int64
	ReservedChange int64
	OrderID        workflow.OrderID // empty when no order caused it
	Person         string           // name; empty when no person caused it
	Note           string
}

// MovementStatus words why stock has moved: STOCKED, RESERVED, RELEASED or SHIPPED.
func MovementStatus(reason string) components.Status {
	switch reason {
	case "STOCKED":
		return components.Status{Text: "Counted", Icon: components.IconEdit, Tone: components.Neutral}
	case "RESERVED":
		return components.Status{Text: "Reserved", Icon: components.IconLock, Tone: components.Progress}
	case "RELEASED":
		return components.Status{Text: "Released", Icon: components.IconUndone, Tone: components.Waiting}
	case "SHIPPED":
		return components.Status{Text: "Shipped", Icon: components.IconShipping, Tone: components.Success}
	}
	return components.Status{Text: reason, Icon: components.IconInfo, Tone: components.Neutral}
}

func (m InventoryItem) stockField() components.Field {
	return components.Field{
		Name: "stock", Label: "Pieces on the shelf", Value: m.Form.Stock, InputMode: "numeric", Error: m.Form.StockError, Autocomplete: "off",
		Hint: "As counted, reserved ones included: at least " + thousands(m.Item.Reserved) + ".",
	}
}

func (m InventoryItem) noteField() components.Field {
	return components.Field{
		Name: "note", Label: "Why", Value: m.Form.Note, Error: m.Form.NoteError, MaxLength: 200, Autocomplete: "off",
		Hint: "Such as “delivery of 40 pieces” or “two were broken”.",
	}
}

// signed writes a change with its sign; nothing for none.
func signed(n int64) string {
	switch {
	case n == 0:
		return ""
	case n > 0:
		return "+" + strconv.FormatInt(n, 10)
	}
	return "−" + strconv.FormatInt(-n, 10)
}

func (m Inventory) empty() components.Empty {
	return components.Empty{
		Icon: components.IconInventory, Title: "The catalogue is empty",
		Text:   "Without items there is nothing to order. Demo mode brings a sample catalogue.",
		Action: &components.Link{Text: "To the dashboard", URL: paths.Dashboard},
	}
}
