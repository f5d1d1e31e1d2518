package fulfilment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

const tutorialOrder = `{"order":{"orderId":"12345","customerId":"67890","items":[{"itemId":"item1","quantity":2}]}}`

func TestParseOrder(t *testing.T) {
	want := fulfilment.OrderRequest{OrderID: "12345", CustomerID: "67890", Lines: []workflow.Line{line("item1", 2)}}
	got, problems := fulfilment.ParseOrder([]byte(tutorialOrder))
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("%s %v", diff, problems)
	}
	if input := string(fulfilment.Input(got.OrderID, got.CustomerID, got.Lines)); input != tutorialOrder {
		t.Errorf("as an execution's input: %s", input)
	}

	want.CardNumber = "4242 4242 4242 4242"
	want.Address = &workflow.Address{Name: "Zoë Ü", Street: "Ringstr. 1", City: "Bonn", Postcode: "53111", Country: "DE"}
	got, problems = fulfilment.ParseOrder([]byte(` {"colour":"red","order":{"orderId":"12345","customerId":"67890","gift":true,
		"items":[{"itemId":"item1","quantity":2,"note":null}], "card":{"number":"4242 4242 4242 4242","cvc":"1"},
		"address":{"name":"Zoë Ü","street":"Ringstr. 1","city":"Bonn","postcode":"53111","country":"DE","floor":3}}} `))
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("%s %v", diff, problems)
	}
}

func TestParseOrderProblems(t *testing.T) {
	item := func(quantity string) string {
		return fmt.Sprintf(`{"order":{"orderId":"1","customerId":"2","items":[{"itemId":"item1","quantity":%s}]}}`, quantity)
	}
	with := func(member string) string { return strings.Replace(tutorialOrder, `"items"`, member+`,"items"`, 1) }
	quantity := []string{"order.items[0].quantity"}
	for _, c := range []struct {
		name, body string
		fields     []string
	}{
		{"nothing", ``, []string{""}},
		{"no JSON", `<order/>`, []string{""}},
		{"cut off", tutorialOrder[:50], []string{""}},
		{"two documents", tutorialOrder + tutorialOrder, []string{""}},
		{"null", `null`, []string{""}},
		{"a list", `[]`, []string{""}},
		{"no order", `{}`, []string{"order"}},
		{"order is a text", `{"order":"12345"}`, []string{"order"}},
		{"nothing in it", `{"order":{}}`, []string{"order.orderId", "order.customerId", "order.items"}},
		{"no items", `{"order":{"orderId":"1","customerId":"2","items":[]}}`, []string{"order.items"}},
		{"items is an object", `{"order":{"orderId":"1","customerId":"2","items":{}}}`, []string{"order.items"}},
		{"an item is a text", `{"order":{"orderId":"1","customerId":"2","items":["item1"]}}`, []string{"order.items[0]"}},
		{"an empty item", `{"order":{"orderId":"1","customerId":"2","items":[{}]}}`,
			[]string{"order.items[0].quantity", "order.items[0].itemId"}},
		{"quantity 0", item(`0`), quantity},
		{"quantity -1", item(`-1`), quantity},
		{"quantity 1.5", item(`1.5`), quantity},
		{"quantity 1e9", item(`1e9`), quantity},
		{"quantity 10^9", item(`1000000000`), quantity},
		{"quantity 10^30", item(`1000000000000000000000000000000`), quantity},
		{"quantity two", item(`"two"`), quantity},
		{"quantity as a text", item(`"2"`), quantity},
		{"quantity true", item(`true`), quantity},
		{"quantity null", item(`null`), quantity},
		{"quantity 1000", item(`1000`), quantity},
		{"a number as id", `{"order":{"orderId":12345,"customerId":"2","items":[{"itemId":"item1","quantity":1}]}}`, []string{"order.orderId"}},
		{"an id with a space", `{"order":{"orderId":"1 2","customerId":"2","items":[{"itemId":"item1","quantity":1}]}}`, []string{"order.orderId"}},
		{"an id with a slash", `{"order":{"orderId":"../2","customerId":"2","items":[{"itemId":"a/b","quantity":1}]}}`,
			[]string{"order.orderId", "order.items[0].itemId"}},
		{"an id with an umlaut", `{"order":{"orderId":"ä","customerId":"2","items":[{"itemId":"item1","quantity":1}]}}`, []string{"order.orderId"}},
		{"an id that leads elsewhere", `{"order":{"orderId":"..","customerId":"2","items":[{"itemId":".","quantity":1}]}}`,
			[]string{"order.orderId", "order.items[0].itemId"}},
		{"an address that cannot be read", with(`"address":{"name":"A\u202eB","street":"\u200b","city":"\ud800","postcode":"1\u0000","country":"DE"}`),
			[]string{"order.address.name", "order.address.street", "order.address.city", "order.address.postcode"}},
		{"a long id", `{"order":{"orderId":"` + strings.Repeat("x", 65) + `","customerId":"2","items":[{"itemId":"item1","quantity":1}]}}`, []string{"order.orderId"}},
		{"everything", `{"order":{"orderId":"","customerId":7,"items":[{"itemId":"item1","quantity":0},{"itemId":null,"quantity":1}]}}`,
			[]string{"order.customerId", "order.items[0].quantity", "order.orderId", "order.items[1].itemId"}},
		{"half an address", with(`"address":{"name":"A","street":" ","city":5,"postcode":"1\n2","country":"de"}`),
			[]string{"order.address.city", "order.address.street", "order.address.postcode", "order.address.country"}},
		{"an endless address", with(`"address":{"name":"` + strings.Repeat("é", 101) + `","street":"s","city":"c","postcode":"1","country":"DE"}`),
			[]string{"order.address.name"}},
		{"an address as a text", with(`"address":"Bonn"`), []string{"order.address"}},
		{"a card as a text", with(`"card":"4242"`), []string{"order.card"}},
		{"a card number as a number", with(`"card":{"number":4242424242424242}`), []string{"order.card.number"}},
		{"51 lines", `{"order":{"orderId":"1","customerId":"2","items":[` + strings.Repeat(`{"itemId":"item1","quantity":1},`, 50) +
			`{"itemId":"item1","quantity":1}]}}`, []string{"order.items"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := fulfilment.ParseOrder([]byte(c.body))
			var fields []string
			for _, p := range problems {
				fields = append(fields, p.Field)
				if p.Message == "" || !strings.HasSuffix(p.Message, ".") {
					t.Errorf("message of %s: %q", p.Field, p.Message)
				}
			}
			if !slices.Equal(fields, c.fields) {
				t.Errorf("problems %+v, want at %v", problems, c.fields)
			}
		})
	}
}

func TestParseOrderTakesTheLimits(t *testing.T) {
	body := `{"order":{"orderId":"` + strings.Repeat("x", 64) + `","customerId":"a.b_c-9","items":[` +
		strings.Repeat(`{"itemId":"item1","quantity":1},`, 49) + `{"itemId":"item2","quantity":999}]}}`
	if _, problems := fulfilment.ParseOrder([]byte(body)); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestParseQuantity(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, " 999 ": 999, "007": 7, "0": 0, "-1": 0, "1.5": 0, "1000": 0, "two": 0, "": 0, "9999999999999999999": 0} {
		got, problem := fulfilment.ParseQuantity(text)
		if got != want || (problem == "") != (want > 0) {
			t.Errorf("%q: %d, %q; want %d", text, got, problem, want)
		}
	}
}

func FuzzParseOrder(f *testing.F) {
	f.Add([]byte(tutorialOrder))
	f.Add([]byte(`{"order":{"items":[{"quantity":1e400}],"card":null,"address":[]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, problems := fulfilment.ParseOrder(body)
		if len(problems) == 0 && len(r.Problems()) > 0 {
			t.Errorf("accepted %q although %v", body, r.Problems())
		}
	})
}
