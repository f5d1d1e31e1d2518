package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

const tutorialOrder = `{"order":{"orderId":"12345","customerId":"67890","items":[{"itemId":"item1","quantity":2}]}}`

// keyOf makes an API key for a person.
func (s *site) keyOf(person string) string {
	s.t.Helper()
	_, secret, err := s.store.MakeAPIKey(s.t.Context(), person, "test", "")
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

func (a *answer) order() orderDocument {
	a.t.Helper()
	var d orderDocument
	if err := json.Unmarshal([]byte(a.body), &d); err != nil {
		a.t.Fatal(err)
	}
	return d
}

func TestAPIPlacesAnOrderOncePerID(t *testing.T) {
	s := openSite(t)
	key := s.keyOf(models.DemoCustomer)
	first := s.call(key, http.MethodPost, paths.APIOrders, tutorialOrder).is(http.StatusCreated).leadsTo("/api/orders/12345")
	o := first.order()
	if o.Order.OrderID != "12345" || o.Order.Total != (workflow.Money{Amount: 25_80, Currency: "EUR"}) || o.Order.Status != workflow.OrderReceived ||
		o.Payment.Status != workflow.PaymentNone || len(o.Timeline) != 1 {
		t.Errorf("%+v", o)
	}
	again := s.call(key, http.MethodPost, paths.APIOrders, " "+tutorialOrder).is(http.StatusOK)
	if again.body != first.body {
		t.Errorf("the second answer differs:\n%s%s", first.body, again.body)
	}
	s.call(models.DemoKey, http.MethodPost, paths.APIOrders, tutorialOrder).is(http.StatusOK) // whoever asks
	for name, other := range map[string]string{
		"quantity": strings.Replace(tutorialOrder, ":2", ":3", 1),
		"item":     strings.Replace(tutorialOrder, "item1", "item2", 1),
		"customer": strings.Replace(tutorialOrder, "67890", "67895", 1),
	} {
		a := s.call(models.DemoKey, http.MethodPost, paths.APIOrders, other)
		if a.StatusCode != http.StatusConflict || a.errorCode() != "conflict" {
			t.Errorf("other %s: got %d %s", name, a.StatusCode, a.body)
		}
	}
	if shown := s.call(key, http.MethodGet, paths.APIOrder("12345"), "").is(http.StatusOK); shown.body != first.body {
		t.Errorf("shown as %s", shown.body)
	}
}

func TestAPIPlacesOneOrderForTwinsAtTheSameMoment(t *testing.T) {
	s := openSite(t)
	var wait sync.WaitGroup
	status := make([]int, 8)
	for i := range status {
		wait.Go(func() { status[i] = s.call(models.DemoKey, http.MethodPost, paths.APIOrders, tutorialOrder).StatusCode })
	}
	wait.Wait()
	var created int
	for _, code := range status {
		switch code {
		case http.StatusCreated:
			created++
		case http.StatusOK:
		default:
			t.Errorf("got %d", code)
		}
	}
	if created != 1 {
		t.Errorf("created %d times: %v", created, status)
	}
}

func TestAPIRefusesBadOrders(t *testing.T) {
	s := openSite(t)
	key := s.keyOf(models.DemoCustomer)
	for name, tc := range map[string]struct {
		body   string
		status int
		field  string
	}{
		"not JSON":      {`order=1`, 400, ""},
		"cut off":       {tutorialOrder[:40], 400, ""},
		"nothing":       {` `, 400, ""},
		"no order":      {`{}`, 422, "order.orderId"},
		"unknown item":  {strings.Replace(tutorialOrder, "item1", "item99", 1), 422, "order.items[0]"},
		"card":          {strings.Replace(tutorialOrder, `"items"`, `"card":{"number":"42"},"items"`, 1), 422, "order.card.number"},
		"someone else":  {strings.Replace(tutorialOrder, "67890", "67895", 1), 403, ""},
		"and a header!": {strings.Replace(tutorialOrder, "67890", "67890\\r\\nX-Evil: 1", 1), 403, ""},
	} {
		a := s.call(key, http.MethodPost, paths.APIOrders, tc.body)
		var d errorDocument
		if err := json.Unmarshal([]byte(a.body), &d); err != nil || a.StatusCode != tc.status || d.Error.Message == "" {
			t.Errorf("%s: got %d %s (%v)", name, a.StatusCode, a.body, err)
			continue
		}
		if tc.field != "" && (len(d.Error.Fields) != 1 || d.Error.Fields[0].Field != tc.field) {
			t.Errorf("%s: fields %v", name, d.Error.Fields)
		}
	}
	unknown := strings.Replace(tutorialOrder, "67890", "11111", 1)
	s.call(models.DemoKey, http.MethodPost, paths.APIOrders, unknown).is(http.StatusUnprocessableEntity).says("order.customerId")
	s.call(key, http.MethodGet, paths.APIOrder("12345"), "").is(http.StatusNotFound)
}

func TestAPITakesJSONOnly(t *testing.T) {
	s := openSite(t)
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", ";"} {
		r := httptest.NewRequest(http.MethodPost, paths.APIOrders, strings.NewReader(tutorialOrder))
		r.Header.Set("Authorization", "Bearer demo")
		r.Header.Set("Content-Type", kind)
		s.browser().send(r).is(http.StatusUnsupportedMediaType)
	}
	r := httptest.NewRequest(http.MethodPost, paths.APIOrders, strings.NewReader(tutorialOrder))
	r.Header.Set("Authorization", "bearer demo")
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	s.browser().send(r).is(http.StatusCreated)
}

func TestAPINeedsAKeyThatWorks(t *testing.T) {
	s := openSite(t)
	customer := s.as(models.DemoCustomer)
	r := httptest.NewRequest(http.MethodPost, paths.APIOrders, strings.NewReader(tutorialOrder))
	r.Header.Set("Content-Type", "application/json")
	a := customer.send(r).is(http.StatusUnauthorized) // a cookie is no key, or pages elsewhere could order
	if a.Header.Get("WWW-Authenticate") != realm || a.errorCode() != "unauthorised" {
		t.Errorf("%q %s", a.Header.Get("WWW-Authenticate"), a.body)
	}
	if a := s.call("cs_unknown", http.MethodGet, paths.APIOrder("1"), "").is(http.StatusUnauthorized); !strings.Contains(a.Header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("%q", a.Header.Get("WWW-Authenticate"))
	}
	key := s.keyOf(models.DemoCustomer)
	s.call(key, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusNotFound)
	keys, err := s.store.APIKeys(t.Context(), models.DemoCustomer)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.RevokeAPIKey(t.Context(), models.DemoCustomer, keys[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	s.call(key, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusUnauthorized)
}

func TestGuessingKeysIsLimited(t *testing.T) {
	s := openSite(t)
	for i := range 20 {
		s.call(fmt.Sprintf("cs_guess%d", i), http.MethodGet, paths.APIOrder("1"), "").is(http.StatusUnauthorized)
	}
	s.call("cs_guess", http.MethodGet, paths.APIOrder("1"), "").is(http.StatusTooManyRequests)
	s.clock.advance(time.Minute)
	for range 40 { // keys that work are not counted
		s.call(models.DemoKey, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusNotFound)
	}
}

func TestCustomersSeeTheirOwnOrdersOnly(t *testing.T) {
	s := openSite(t)
	s.call(models.DemoKey, http.MethodPost, paths.APIOrders, tutorialOrder).is(http.StatusCreated)
	for person, status := range map[string]int{
		models.DemoCustomer: 200, models.DemoSecondCustomer: 404, models.DemoApprover: 200, models.DemoOperator: 200, models.DemoAdministrator: 200,
	} {
		if a := s.call(s.keyOf(person), http.MethodGet, paths.APIOrder("12345"), ""); a.StatusCode != status {
			t.Errorf("%s: got %d, want %d", person, a.StatusCode, status)
		}
	}
	theirs := s.call(s.keyOf(models.DemoSecondCustomer), http.MethodGet, paths.APIOrder("12345"), "")
	none := s.call(s.keyOf(models.DemoSecondCustomer), http.MethodGet, paths.APIOrder("99999"), "")
	if theirs.body != none.body {
		t.Errorf("another's order can be told from none:\n%s%s", theirs.body, none.body)
	}
}

// The order key of the shop's form makes one order, under an id of ours.
func TestOneOrderPerOrderKey(t *testing.T) {
	s := openSite(t)
	wish := placing{By: models.DemoCustomer, OrderKey: "k1", OrderRequest: OrderRequest{CustomerID: "67890", Lines: []workflow.Line{{ItemID: "item1", Quantity: 1}}}}
	first, err := s.placeOrder(t.Context(), wish)
	if err != nil || !first.First || !strings.HasPrefix(string(first.ID), "CS-") || first.PersonID != models.DemoCustomer {
		t.Fatalf("%+v %v", first, err)
	}
	again, err := s.placeOrder(t.Context(), wish)
	if err != nil || again.First || !again.Same || again.ID != first.ID {
		t.Errorf("%+v %v", again, err)
	}
	wish.Lines = []workflow.Line{{ItemID: "item2", Quantity: 1}}
	other, err := s.placeOrder(t.Context(), wish)
	if err != nil || other.First || other.Same || other.ID != first.ID {
		t.Errorf("%+v %v", other, err)
	}
	wish.By, wish.CustomerID = models.DemoSecondCustomer, "67895"
	stranger, err := s.placeOrder(t.Context(), wish)
	if err != nil || !stranger.First || stranger.ID == first.ID {
		t.Errorf("another's key met this order: %+v %v", stranger, err)
	}
}

func TestDoubleClickMakesOneOrder(t *testing.T) {
	s := openSite(t)
	wish := placing{By: models.DemoCustomer, OrderKey: "k1", OrderRequest: OrderRequest{CustomerID: "67890", Lines: []workflow.Line{{ItemID: "item1", Quantity: 1}}}}
	var wait sync.WaitGroup
	ids := make([]workflow.OrderID, 8)
	for i := range ids {
		wait.Go(func() {
			o, err := s.placeOrder(t.Context(), wish)
			if err != nil {
				t.Error(err)
			}
			ids[i] = o.ID
		})
	}
	wait.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("several orders: %v", ids)
		}
	}
}

func TestAPITakesUTF8Only(t *testing.T) {
	s := openSite(t)
	s.call(models.DemoKey, http.MethodPost, paths.APIOrders, strings.Replace(tutorialOrder, `"items"`, "\"note\":\"\xff\",\"items\"", 1)).
		is(http.StatusBadRequest).says("UTF-8")
}

func TestAPIRefusesWhatStandsTwice(t *testing.T) {
	s := openSite(t)
	key := s.keyOf(models.DemoApprover)
	for _, body := range []string{
		`{"decision":"reject","decision":"approve"}`, `{"decision":"reject","Decision":"approve"}`,
		`{"comment":{"a":[1,{"b":{},"c":[]}],"d":"d"},"decision":"approve","comment":"x"}`, `{"x":[{"a":1},{"a":2,"b":[],"b":3}]}`,
	} {
		a := s.call(key, http.MethodPost, paths.APIApprovalDecide("1"), body).is(http.StatusBadRequest).says("stands twice")
		if got := a.errorCode(); got != "bad_request" {
			t.Errorf("%s: %s", body, got)
		}
	}
	for _, body := range []string{`{"decision":"approve","comment":"decision"}`, `{"decision":"approve","x":[{"a":"a"},{"a":["a","a"]}],"a":{"x":null}}`} {
		s.call(key, http.MethodPost, paths.APIApprovalDecide("1"), body).is(http.StatusNotFound)
	}
}

func TestAKeyThatWorksIsNeverLimited(t *testing.T) {
	s := openSite(t)
	for range 25 {
		s.call("cs_guess", http.MethodGet, paths.APIOrder("1"), "") // by somebody else at the same address
	}
	var wait sync.WaitGroup
	for range 60 {
		wait.Go(func() { s.call(models.DemoKey, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusNotFound) })
	}
	wait.Wait()
}

func TestAPITellsWhatHasHappened(t *testing.T) {
	r := openRealSite(t)
	for _, test := range []struct{ id, card, want string }{
		{"paid", "4242424242424242", "order received, payment authorised, payment captured, parcel handed to the carrier, order completed"},
		{"refused", "4000000000000341", "order received, payment authorised, payment voided, order ended: it could not be fulfilled"},
		{"declined", "4000000000000002", "order received, order ended: it could not be fulfilled"},
	} {
		r.call(models.DemoKey, http.MethodPost, paths.APIOrders,
			`{"order":{"orderId":"`+test.id+`","customerId":"67890","items":[{"itemId":"item1","quantity":2}],"card":{"number":"`+test.card+`"}}}`).is(http.StatusCreated)
		r.awaitClosed(workflow.OrderID(test.id))
		o := r.call(models.DemoKey, http.MethodGet, paths.APIOrder(test.id), "").is(http.StatusOK).order()
		var stages []string
		for _, stage := range o.Timeline {
			stages = append(stages, stage.Stage)
		}
		if got := strings.Join(stages, ", "); got != test.want {
			t.Errorf("%s: %s, want %s", test.id, got, test.want)
		}
		if o.Payment.Captured.Currency != "EUR" || (test.id == "paid") != (o.Payment.Captured.Amount == 25_80) {
			t.Errorf("%s: captured %v", test.id, o.Payment.Captured)
		}
	}
}
