package fulfilment_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

func TestPriceReportsEveryProblemAtItsPlace(t *testing.T) {
	b := newBooks()
	_, _, problems := fulfilment.Price(b.items, []workflow.Line{
		line("item1", 1), line("nothing", 1), line("last", 0), line("item2", 1000), line("item1", 999), line("usd", 1),
	})
	var fields []string
	for _, p := range problems {
		fields = append(fields, p.Field)
	}
	want := []string{"order.items[0].quantity", "order.items[1].itemId", "order.items[2].quantity", "order.items[3].quantity"}
	if !slices.Equal(fields, want) {
		t.Errorf("problems %+v, want at %v", problems, want)
	}
}

func TestPriceCountsLines(t *testing.T) {
	if _, _, problems := fulfilment.Price(nil, nil); len(problems) != 1 || problems[0].Field != "order.items" {
		t.Errorf("of an empty order: %+v", problems)
	}
	var lines []workflow.Line
	for range workflow.MaxLines + 1 {
		lines = append(lines, line("item1", 1))
	}
	_, _, problems := fulfilment.Price(newBooks().items, lines)
	if len(problems) != 1 || problems[0].Field != "order.items" {
		t.Errorf("of too many lines: %+v", problems)
	}
}

// The total is the sum over the lines as they were ordered, however they are split up.
func TestPriceProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := map[string]workflow.Item{}
		for i := range 5 {
			id := fmt.Sprint("i", i)
			items[id] = workflow.Item{ID: id, Name: id, Price: eur(rapid.Int64Range(1, 1_000_000).Draw(t, "price"))}
		}
		var lines []workflow.Line
		var sum int64
		for range rapid.IntRange(1, workflow.MaxLines).Draw(t, "lines") {
			id := rapid.SampledFrom([]string{"i0", "i1", "i2", "i3", "i4"}).Draw(t, "item")
			l := line(id, rapid.Int64Range(1, 19).Draw(t, "quantity")) // 50 × 19 stay below the limit
			lines, sum = append(lines, l), sum+l.Quantity*items[id].Price.Amount
		}
		priced, total, problems := fulfilment.Price(items, lines)
		if len(problems) > 0 || total != eur(sum) {
			t.Fatalf("total %v, want %v; %v", total, eur(sum), problems)
		}
		again, same, _ := fulfilment.Price(items, priced)
		if same != total || !slices.Equal(again, priced) || fulfilment.Units(priced) != fulfilment.Units(lines) {
			t.Fatalf("priced again: %v %v", again, same)
		}
	})
}

func TestParcels(t *testing.T) {
	for quantity, want := range map[int64]int{1: 1, 10: 1, 11: 2, 999: 100} {
		if got := fulfilment.Parcels([]workflow.Line{line("item1", quantity)}); got != want {
			t.Errorf("%d units go into %d parcels, want %d", quantity, got, want)
		}
	}
}
