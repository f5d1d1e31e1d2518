package fulfilment

import (
	"fmt"

	"countersign/workflow"
)

// unitsPerParcel is how many items the warehouse packs into one parcel.
const unitsPerParcel = 10

// Units is how many items the lines order in all.
func Units(lines []workflow.Line) int64 {
	var n int64
	for _, l := range lines {
		n += l.Quantity
	}
	return n
}

// Parcels is how many parcels the lines are shipped in.
func Parcels(lines []workflow.Line) int {
	return int((Units(lines) + unitsPerParcel - 1) / unitsPerParcel)
}

// MergeLines puts lines of the same item together, in the order of their first
// appearance. A quantity out of bounds makes the merged one out of bounds too, so
// that -1 and 3 are not 2.
func MergeLines(lines []workflow.Line) []workflow.Line {
	merged, _ := mergeLines(lines)
	return merged
}

// mergeLines also says at which place each merged line first appeared.
func mergeLines(lines []workflow.Line) (merged []workflow.Line, first []int) {
	at := make(map[string]int, len(lines))
	for i, l := range lines {
		j, seen := at[l.ItemID]
		if !seen {
			at[l.ItemID] = len(merged)
			merged, first = append(merged, l), append(first, i)
			continue
		}
		merged[j].Quantity = addQuantity(merged[j].Quantity, l.Quantity)
	}
	return merged, first
}

func addQuantity(a, b int64) int64 {
	switch {
	case a < 1 || b < 1:
		return 0
	case a > workflow.MaxQuantity || b > workflow.MaxQuantity:
		return workflow.MaxQuantity + 1
	}
	return a + b
}

// Price merges lines, completes them with names and prices and adds them up. A line
// that carries a unit price already keeps it: that is what the customer was shown
// when placing the order. Every problem of every line is reported, at the place where
// its item first appears.
func Price(items map[string]workflow.Item, lines []workflow.Line) (priced []workflow.Line, total workflow.Money, problems []FieldError) {
	problems = countProblems(len(lines))
	merged, first := mergeLines(lines)
	for i, l := range merged {
		field := lineField(first[i])
		line, problem := priceLine(items, l)
		if problem != nil {
			problems = append(problems, problem.in(field))
			continue
		}
		sum, ok := addLine(total, line)
		if !ok {
			problems = append(problems, FieldError{field, overflow(total, line)})
			continue
		}
		total, priced = sum, append(priced, line)
	}
	if len(problems) > 0 {
		return nil, workflow.Money{}, problems
	}
	return priced, total, nil
}

func priceLine(items map[string]workflow.Item, l workflow.Line) (workflow.Line, *FieldError) {
	item, known := items[l.ItemID]
	switch {
	case !known:
		return l, &FieldError{".itemId", fmt.Sprintf("There is no item %s in the catalogue: choose another.", l.ItemID)}
	case l.Quantity < 1 || l.Quantity > workflow.MaxQuantity:
		return l, &FieldError{".quantity", quantityMessage(l.ItemID)}
	}
	if l.UnitPrice.Amount == 0 {
		l.Name, l.UnitPrice = item.Name, item.Price
	}
	if l.UnitPrice.Amount <= 0 || l.UnitPrice.Currency == "" {
		return l, &FieldError{".itemId", fmt.Sprintf("%s has no price at the moment: choose another item.", item.Name)}
	}
	return l, nil
}

func addLine(total workflow.Money, l workflow.Line) (workflow.Money, bool) {
	cost, ok := l.UnitPrice.Times(l.Quantity)
	if !ok {
		return total, false
	}
	if total == (workflow.Money{}) {
		return cost, true
	}
	return total.Plus(cost)
}

func overflow(total workflow.Money, l workflow.Line) string {
	if total.Currency != "" && total.Currency != l.UnitPrice.Currency {
		return fmt.Sprintf("%s is priced in %s and the rest of the order in %s: order it separately.",
			l.Name, l.UnitPrice.Currency, total.Currency)
	}
	return fmt.Sprintf("With %d of %s the total is larger than we can charge: order fewer.", l.Quantity, l.Name)
}
