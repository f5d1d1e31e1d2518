package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

func TestStockIsCounted(t *testing.T) {
	s := openSite(t)
	olga := s.as(models.DemoOperator)
	list := olga.get(paths.Inventory).is(http.StatusOK)
	if rows := list.find("tbody tr"); rows.Length() != 10 {
		t.Errorf("%d items are listed", rows.Length())
	}
	page := olga.get(paths.InventoryItem(notebook)).is(http.StatusOK).says("Notebook")
	if got := page.find("input[name=stock]").AttrOr("value", ""); got != "120" {
		t.Errorf("the form begins with %q", got)
	}
	olga.post(paths.InventoryItem(notebook), url.Values{"stock": {"160"}, "note": {" delivery of 40 "}}).
		is(http.StatusSeeOther).leadsTo(paths.InventoryItem(notebook))
	olga.get(paths.InventoryItem(notebook)).is(http.StatusOK).says("160 pieces on the shelf").says("+40").says("delivery of 40").says("Olga Operator")
	s.wroteDown(models.AuditStockChanged, "item item1", "+40: delivery of 40")
	olga.get(paths.InventoryItem("item99")).is(http.StatusNotFound)
	olga.post(paths.InventoryItem("item99"), url.Values{"stock": {"1"}, "note": {"x"}}).is(http.StatusNotFound)
	s.as(models.DemoCustomer).post(paths.InventoryItem(notebook), url.Values{"stock": {"1"}, "note": {"x"}}).is(http.StatusForbidden)
}

func TestStockIsNotCountedAway(t *testing.T) {
	s := openSite(t)
	clara := s.as(models.DemoCustomer)
	id := clara.orders(notebook, cardOK)
	err := s.store.Apply(t.Context(), s.store.Reserve(id, []workflow.Line{{ItemID: notebook, Quantity: 7}}))
	if err != nil {
		t.Fatal(err)
	}
	olga := s.as(models.DemoOperator)
	for _, tc := range []struct{ stock, note, field string }{
		{"6", "counted", "stock"}, {"-1", "counted", "stock"}, {"1.5", "counted", "stock"}, {"two", "counted", "stock"},
		{"", "counted", "stock"}, {"+8", "counted", "stock"}, {"1000001", "counted", "stock"}, {"99999999999999999999", "counted", "stock"},
		{"8", "", "note"}, {"8", "  ", "note"}, {"8", strings.Repeat("x", 201), "note"}, {"8", "a\x00b", "note"},
	} {
		page := olga.post(paths.InventoryItem(notebook), url.Values{"stock": {tc.stock}, "note": {tc.note}}).is(http.StatusUnprocessableEntity)
		if page.find("input[name="+tc.field+"][aria-invalid=true]").Length() != 1 {
			t.Errorf("%+v: no message beside the field", tc)
		}
	}
	if item, err := s.store.Item(t.Context(), notebook); err != nil || item.OnHand != 120 {
		t.Errorf("%d on hand, %v", item.OnHand, err)
	}
	olga.post(paths.InventoryItem(notebook), url.Values{"stock": {"7"}, "note": {"the rest got wet"}}).is(http.StatusSeeOther)
}

func TestMovementsArePaged(t *testing.T) {
	s := openSite(t)
	for n := range movementsOnPage + 3 {
		if err := s.store.SetStock(t.Context(), notebook, int64(200+n), models.DemoOperator, "counted"); err != nil {
			t.Fatal(err)
		}
	}
	olga := s.as(models.DemoOperator)
	first := olga.get(paths.InventoryItem(notebook)).is(http.StatusOK)
	older := first.find("nav[aria-label=Pages] a.pager-older").AttrOr("href", "")
	if rows := first.find("tbody tr").Length(); rows != movementsOnPage || older == "" {
		t.Fatalf("%d movements on the first page, the next is at %q", rows, older)
	}
	second := olga.get(older).is(http.StatusOK)
	if rows := second.find("tbody tr").Length(); rows != 4 { // three and the first delivery
		t.Errorf("%d movements on the second page", rows)
	}
	if got := second.find("nav[aria-label=Pages] a:not(.pager-older)").AttrOr("href", ""); got != paths.InventoryItem(notebook) {
		t.Errorf("back leads to %q", got)
	}
}
