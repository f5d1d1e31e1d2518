package fulfilment

import (
	"context"
	"fmt"
	"strings"

	"countersign/workflow"
)

// reservation is the output of CheckInventory.
type reservation struct {
	Reserved bool  `json:"reserved"`
	Lines    int   `json:"lines"`
	Units    int64 `json:"units"`
}

// CheckInventory reserves every line or none. When another order takes the stock
// between the look and the commit, the effect is refused, and the second look here
// finds the shortage.
func (f *Functions) CheckInventory(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	o, err := f.wanted(ctx, call)
	if err != nil {
		return workflow.Result{}, err
	}
	lines := MergeLines(o.Lines)
	output := reservation{Reserved: true, Lines: len(lines), Units: Units(lines)}
	items, err := f.Books.Items(ctx, itemIDs(lines))
	if err != nil {
		return workflow.Result{}, fmt.Errorf("read catalogue: %w", err)
	}
	short := shortages(items, lines)
	if len(short) == 0 {
		return answer(output, f.Books.Reserve(o.ID, lines))
	}
	held, err := f.Books.Reserved(ctx, o.ID) // it may be short because this order has it
	switch {
	case err != nil:
		return workflow.Result{}, fmt.Errorf("read reservation of order %s: %w", o.ID, err)
	case len(held) > 0:
		return answer(output)
	}
	return workflow.Result{}, workflow.Failf(ErrorInsufficientInventory, "%s", strings.Join(short, " "))
}

func shortages(items map[string]workflow.Item, lines []workflow.Line) []string {
	var short []string
	for _, l := range lines {
		available := items[l.ItemID].Available // 0 of an item that has left the catalogue
		switch {
		case available >= l.Quantity:
		case available <= 0:
			short = append(short, fmt.Sprintf("%s is out of stock.", l.Name))
		default:
			short = append(short, fmt.Sprintf("%s: %d ordered, only %d in stock.", l.Name, l.Quantity, available))
		}
	}
	return short
}
