package web

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"countersign/models"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// twin is the same browser with the cookies of now, for what happens at the same time.
func (b *browser) twin() *browser {
	return &browser{site: b.site, cookies: maps.Clone(b.cookies), host: b.host, address: b.address}
}

func quantity(n string) url.Values { return url.Values{"quantity": {n}} }

func TestCartWithoutScripts(t *testing.T) {
	clara := openSite(t).as(models.DemoCustomer)
	empty := clara.get(paths.Shop).is(http.StatusOK)
	if n := empty.find("ul.items > li").Length(); n != 10 {
		t.Errorf("%d items", n)
	}
	if empty.find("form#checkout").Length() != 0 {
		t.Error("an empty cart can be checked out")
	}
	clara.puts(notebook).puts(notebook).puts(desk)
	page := clara.get(paths.Shop)
	if got := text(page, ".cart-line output"); got != "21" {
		t.Errorf("quantities %q", got)
	}
	if got := text(page, "#cart .cart-total .money"); got != "915.80 EUR" {
		t.Errorf("total %q", got)
	}
	if page.find("#cart .approval-note").Length() != 1 {
		t.Error("not said that it needs approval")
	}
	clara.post(paths.CartItem(notebook), quantity("7")).is(http.StatusSeeOther)
	clara.post(paths.CartItem(desk), quantity("0")).is(http.StatusSeeOther)
	page = clara.get(paths.Shop)
	if got := text(page, ".cart-line output"); got != "7" {
		t.Errorf("quantities %q", got)
	}
	if page.find(".approval-note").Length() != 0 {
		t.Error("said that it needs approval")
	}
}

func TestQuantitiesThatAreNone(t *testing.T) {
	clara := openSite(t).as(models.DemoCustomer).puts(notebook)
	for _, typed := range []string{"-1", "1.5", "1000", "1000000000", "1e9", "two", "", " ", "99999999999999999999"} {
		a := clara.post(paths.CartItem(notebook), quantity(typed)).is(http.StatusUnprocessableEntity)
		if got := text(a, ".cart-line .cart-problem"); got != quantityMessage {
			t.Errorf("%q: beside the line stands %q", typed, got)
		}
	}
	for _, typed := range []string{"0", "-1", "1.5", "two"} {
		a := clara.post(paths.CartItems, url.Values{"item": {desk}, "quantity": {typed}}).is(http.StatusUnprocessableEntity)
		if got := text(a, "[role=alert]"); !strings.Contains(got, quantityMessage) {
			t.Errorf("%q: alert %q", typed, got)
		}
	}
	if got := text(clara.get(paths.Shop), ".cart-line output"); got != "1" {
		t.Errorf("the cart has changed: %q", got)
	}
}

func TestCartHoldsNoMoreThanThereIs(t *testing.T) {
	clara := openSite(t).as(models.DemoCustomer).puts(lastOne)
	clara.post(paths.CartItems, url.Values{"item": {lastOne}, "quantity": {"1"}}).is(http.StatusUnprocessableEntity).says("Only 1 of Limited-edition print is left.")
	clara.post(paths.CartItem(lastOne), quantity("2")).is(http.StatusUnprocessableEntity)
	clara.post(paths.CartItems, url.Values{"item": {"item99"}, "quantity": {"1"}}).is(http.StatusNotFound).says("not for sale any more")
	if got := text(clara.get(paths.Shop), ".cart-line output"); got != "1" {
		t.Errorf("the cart has changed: %q", got)
	}
}

func TestPeopleInOneBrowserHaveTheirOwnCarts(t *testing.T) {
	s := openSite(t)
	b := s.as(models.DemoCustomer).puts(notebook)
	b.post(paths.SignInDemo, url.Values{"person": {models.DemoSecondCustomer}}).is(http.StatusSeeOther)
	if n := b.get(paths.Shop).find(".cart-line").Length(); n != 0 {
		t.Error("Karl has Clara's cart")
	}
	b.post(paths.SignInDemo, url.Values{"person": {models.DemoCustomer}}).is(http.StatusSeeOther)
	if n := b.get(paths.Shop).find(".cart-line").Length(); n != 1 {
		t.Error("Clara's cart is gone")
	}
}

func TestCartShowsWhatHasChangedSince(t *testing.T) {
	eur := func(cents int64) workflow.Money { return workflow.Money{Amount: cents, Currency: "EUR"} }
	items := []models.StockItem{
		{Item: workflow.Item{ID: "dearer", Name: "Lamp", Price: eur(13_00), Available: 9}},
		{Item: workflow.Item{ID: "scarce", Name: "Pen", Price: eur(5_00), Available: 2}},
		{Item: workflow.Item{ID: "same", Name: "Book", Price: eur(1_00), Available: 1}},
	}
	view := cartView(items, &cart{Lines: []cartLine{
		{"dearer", "Lamp", 1, eur(12_00)}, {"scarce", "Pen", 3, eur(5_00)}, {"gone", "Globe", 1, eur(99_00)}, {"same", "Book", 1, eur(1_00)},
	}}, nil)
	for i, want := range []string{
		"The price has changed from 12.00 EUR to 13.00 EUR since you chose it.", "Only 2 of Pen are left.",
		"This is not for sale any more. Take it out of the cart to order the rest.", "",
	} {
		if got := view.Lines[i].Problem; got != want {
			t.Errorf("line %d says %q, want %q", i, got, want)
		}
	}
	if view.Total != eur(29_00) || view.Lines[2].Name != "Globe" {
		t.Errorf("total %v, lines %+v", view.Total, view.Lines)
	}
}

func TestCheckoutSaysWhatIsWrongAndKeepsWhatWasTyped(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer).puts(notebook)
	form := clara.checkout(cardOK)
	form.Set("name", "")
	form.Set("street", strings.Repeat("x", 101))
	form.Set("city", "Dub\x00lin")
	form.Set("country", "XX")
	form.Set("postcode", "D02 <b>")
	form.Del("card")
	a := clara.post(paths.Orders, form).is(http.StatusUnprocessableEntity)
	for _, field := range []string{"name", "street", "city", "country"} {
		if a.find("#"+field+"-error").Length() != 1 || a.find("#"+field+"[aria-invalid=true]").Length() != 1 {
			t.Errorf("nothing stands beside %s", field)
		}
	}
	if a.find("#postcode-error").Length() != 0 {
		t.Error("the postcode is not wrong")
	}
	if got := a.find("#postcode").AttrOr("value", ""); got != "D02 <b>" {
		t.Errorf("the postcode was not kept: %q", got)
	}
	if got := text(a, "#card-error"); got != "Choose how you pay." {
		t.Errorf("beside the cards stands %q", got)
	}
	if got := a.find("[name=order_key]").AttrOr("value", ""); got != form.Get("order_key") {
		t.Error("the form has another order key")
	}
	form = clara.checkout("4242424242424241")
	clara.post(paths.Orders, form).is(http.StatusUnprocessableEntity).says("This card number has a typing mistake: check its digits.")
	if orders, _, err := r.store.Orders(t.Context(), models.OrderFilter{}, models.Page{}); err != nil || len(orders) != 0 {
		t.Errorf("%d orders, %v", len(orders), err)
	}
	if n := clara.get(paths.Shop).find(".cart-line").Length(); n != 1 {
		t.Error("the cart is gone")
	}
}

func TestCheckoutThatCannotBe(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer).puts(notebook)
	form := clara.checkout(cardOK)

	cheaper := url.Values{}
	for k, v := range form {
		cheaper[k] = v
	}
	cheaper.Set("total", "1 EUR")
	clara.post(paths.Orders, cheaper).is(http.StatusConflict).says("The total is 12.90 EUR now")

	noKey := clara.checkout(cardOK)
	noKey.Del("order_key")
	clara.post(paths.Orders, noKey).is(http.StatusBadRequest)

	clara.post(paths.CartItem(notebook), quantity("0")).is(http.StatusSeeOther)
	clara.post(paths.Orders, form).is(http.StatusUnprocessableEntity).says("Your cart is empty.")

	if orders, _, err := r.store.Orders(t.Context(), models.OrderFilter{}, models.Page{}); err != nil || len(orders) != 0 {
		t.Errorf("%d orders, %v", len(orders), err)
	}
}

func TestOneFormIsOneOrder(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer).puts(notebook)
	form := clara.checkout(cardOK)
	answers := make([]*answer, 4)
	var wait sync.WaitGroup
	for i := range answers { // each with the cookies of before: a very fast finger
		other := clara.twin()
		wait.Go(func() { answers[i] = other.post(paths.Orders, form) })
	}
	wait.Wait()
	id := orderAt(answers[0].is(http.StatusSeeOther))
	for _, a := range answers {
		if got := orderAt(a.is(http.StatusSeeOther)); got != id {
			t.Errorf("another order: %s and %s", id, got)
		}
	}
	if got := orderAt(clara.post(paths.Orders, form).is(http.StatusSeeOther)); got != id { // the back button
		t.Errorf("another order: %s and %s", id, got)
	}
	clara.get(paths.Order(string(id))).is(http.StatusOK).says("there is only one of it")
	if orders, _, err := r.store.Orders(t.Context(), models.OrderFilter{}, models.Page{}); err != nil || len(orders) != 1 {
		t.Errorf("%d orders, %v", len(orders), err)
	}
	if n := clara.get(paths.Shop).find(".cart-line").Length(); n != 0 {
		t.Error("the cart is still full")
	}
	karl := r.as(models.DemoSecondCustomer).puts(notebook)
	if got := orderAt(karl.post(paths.Orders, form).is(http.StatusSeeOther)); got == id {
		t.Error("Karl met Clara's order by its key")
	}
}

func TestSentAgainLeavesTheNewCartAlone(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer).puts(notebook)
	form := clara.checkout(cardOK)
	clara.post(paths.Orders, form).is(http.StatusSeeOther)
	clara.puts(desk).post(paths.Orders, form).is(http.StatusSeeOther)
	if n := clara.get(paths.Shop).find(".cart-line").Length(); n != 1 {
		t.Error("the new cart is gone")
	}
}

// Two tabs show one cart: ordering in both, or again because no answer came, is one order.
func TestOneCartIsOneOrder(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer).puts(notebook)
	forms := []url.Values{clara.checkout(cardOK), clara.checkout(cardOK)}
	answers := make([]*answer, len(forms))
	var wait sync.WaitGroup
	for i, form := range forms {
		tab := clara.twin()
		wait.Go(func() { answers[i] = tab.post(paths.Orders, form) })
	}
	wait.Wait()
	if first, second := orderAt(answers[0].is(http.StatusSeeOther)), orderAt(answers[1].is(http.StatusSeeOther)); first != second {
		t.Errorf("two orders, %s and %s", first, second)
	}
	first := orderAt(answers[0])
	if second := orderAt(clara.puts(notebook).post(paths.Orders, clara.checkout(cardOK)).is(http.StatusSeeOther)); second == first {
		t.Error("the same things cannot be ordered once more")
	}
}

// What was put in while the order was placed is another order.
func TestWhatIsLeftInTheCartIsAnotherOrder(t *testing.T) {
	kept := &cart{}
	kept.set(workflow.Item{ID: "pen", Available: 9}, 2)
	kept.set(workflow.Item{ID: "lamp", Available: 9}, 1)
	key := kept.Key
	kept.ordered([]workflow.Line{{ItemID: "pen", Quantity: 2}})
	if len(kept.Lines) != 1 || kept.Key == "" || kept.Key == key {
		t.Errorf("%+v, with the key %s before", kept, key)
	}
}

func TestOrderKeysThatAreNotOursAreRefused(t *testing.T) {
	clara := openSite(t).as(models.DemoCustomer).puts(notebook)
	for _, key := range []string{"", strings.Repeat("x", 65)} {
		form := clara.checkout(cardOK)
		form.Set("order_key", key)
		clara.post(paths.Orders, form).is(http.StatusBadRequest)
	}
}

func TestNoCardNumberIsKept(t *testing.T) {
	r := openRealSite(t)
	id := r.as(models.DemoCustomer).orders(notebook, cardOK)
	o := r.awaitClosed(id)
	if o.Card.Brand != "Visa" || o.Card.LastFour != "4242" || strings.Contains(o.Card.Token, cardOK) {
		t.Errorf("%+v", o.Card)
	}
	row, err := r.store.Load(t.Context(), o.Execution)
	if err != nil || strings.Contains(string(row.Snapshot)+string(row.Input), cardOK) {
		t.Errorf("the execution knows the card: %v", err)
	}
}

func TestSoldOutMeanwhile(t *testing.T) {
	r := openRealSite(t)
	clara, karl := r.as(models.DemoCustomer).puts(lastOne), r.as(models.DemoSecondCustomer).puts(lastOne)
	late := karl.checkout(cardOK)
	id := orderAt(clara.post(paths.Orders, clara.checkout(cardOK)).is(http.StatusSeeOther))
	r.awaitStatus(id, workflow.OrderCompleted)
	a := karl.post(paths.Orders, late).is(http.StatusConflict).says("Nothing was ordered.")
	if got := text(a, ".cart-problem"); got != "Limited-edition print is out of stock. Take it out of the cart to order the rest." {
		t.Errorf("beside the line stands %q", got)
	}
	karl.post(paths.CartItem(lastOne), quantity("0")).is(http.StatusSeeOther)
	if n := karl.get(paths.Shop).find(".cart-line").Length(); n != 0 {
		t.Error("what is out of stock cannot be taken out")
	}
}

func TestHintIsForTheFirstOrder(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	clara.get(paths.Shop).says("Your first order").says("Anton Approver")
	clara.orders(notebook, cardOK)
	if a := clara.get(paths.Shop); strings.Contains(a.body, "Your first order") {
		t.Error("the hint is still there")
	}
}

func TestShopAsksWhoComes(t *testing.T) {
	s := openSite(t)
	s.browser().get(paths.Shop).is(http.StatusSeeOther).leadsTo(paths.SignInThen(paths.Shop))
	clara := s.as(models.DemoCustomer)
	for _, path := range []string{paths.CartItems, paths.CartItem(notebook), paths.Orders, paths.OrderCancel("CS-1"), paths.ApprovalDecide("x")} {
		clara.send(formRequest(path, url.Values{"item": {notebook}, "quantity": {"1"}})).is(http.StatusForbidden)
	}
	if n := clara.get(paths.Shop).find(".cart-line").Length(); n != 0 {
		t.Error("a forged form has filled the cart")
	}
	if err := s.store.AddPerson(t.Context(), models.Person{ID: "nils", Name: "Nils", Email: "nils@example.com", Demo: true}, ""); err != nil {
		t.Fatal(err)
	}
	nils := s.as("nils").puts(notebook)
	nils.post(paths.Orders, url.Values{"order_key": {"k"}}).is(http.StatusForbidden).says("no customer number")
	clara.orders(notebook, cardOK)
	nils.get(paths.Orders).is(http.StatusOK).says("No orders yet")
}

func TestTotalSeenIsExact(t *testing.T) {
	if got := pages.TotalSeen(workflow.Money{Amount: 1290, Currency: "EUR"}); got != "1290 EUR" {
		t.Error(got)
	}
}

func TestQuickClicksAllCount(t *testing.T) {
	clara := openSite(t).as(models.DemoCustomer)
	var wait sync.WaitGroup
	for range 8 {
		other := clara.twin()
		wait.Go(func() { other.puts(notebook) })
		third := clara.twin()
		wait.Go(func() { third.puts(desk) })
	}
	wait.Wait()
	if got := text(clara.get(paths.Shop), "#cart header .small"); got != "16 items" {
		t.Errorf("the cart holds %s", got)
	}
}
