package asl

import (
	"encoding/json"
	"testing"
)

const shop = `{
  "items": [{"sku":"a1","price":5,"tags":["x","y"]}, {"sku":"b2","price":12.50,"sold":true}, {"sku":"c3","price":7,"sold":false}],
  "box": {"sku":"q","price":3, "in":{"sku":"r"}}, "n": [3,1,2], "text": "abc", "a.b": 1, "null": null, "10": "ten", "é": "e"
}`

// TestPaths: what a path leads to; an empty answer is nothing.
func TestPaths(t *testing.T) {
	for _, test := range []struct{ path, want string }{
		{"$.items[0].sku", `"a1"`},
		{"$.items[-1].sku", `"c3"`},
		{"$.items[3].sku", ``},
		{"$.[\"items\"].[1]['price']", `12.50`},
		{"$['a.b']", `1`},
		{"$['é']", `"e"`},
		{"$.é", `"e"`},
		{"$.10", `"ten"`},
		{"$['null']", `null`},
		{"$.null.x", ``},
		{"$.items[*].sku", `["a1","b2","c3"]`},
		{"$.items.*.sku", `["a1","b2","c3"]`},
		{"$.items.sku", ``},
		{"$.absent[*].sku", `[]`},
		{"$.text[*]", `[]`},
		{"$.n[0,2]", `[3,2]`},
		{"$.n[0, 9, -2]", `[3,1]`},
		{"$.n[1:]", `[1,2]`},
		{"$.n[-2:]", `[1,2]`},
		{"$.n[:-1]", `[3,1]`},
		{"$.n[-3:-1]", `[3,1]`},
		{"$.n[1:9]", `[1,2]`},
		{"$.n[2:1]", `[]`},
		{"$.n[::2]", `[3,2]`},
		{"$.text[0:1]", `[]`},
		{"$..sku", `["a1","b2","c3","q","r"]`},
		{"$.items..tags[0]", `["x"]`},
		{"$..[0]", `[{"sku":"a1","price":5,"tags":["x","y"]},"x",3]`},
		{"$.box['sku','price']", `{"sku":"q","price":3}`},
		{"$.items[*]['sku','price']", `[{"sku":"a1","price":5},{"sku":"b2","price":12.50},{"sku":"c3","price":7}]`},
		// Filters.
		{"$.items[?(@.price > 5 && @.sold)].sku", `["b2","c3"]`},
		{"$.items[?(@.price>5&&@.sold==true)].sku", `["b2"]`},
		{"$.items[?(@.sold)].sku", `["b2","c3"]`},
		{"$.items[?(!@.sold)].sku", `["a1"]`},
		{"$.items[?(!(@.sold == true))].sku", `["a1","c3"]`},
		{"$.items[?(@.sku == 'a1' || @['sku'] == \"c3\")].price", `[5,7]`},
		{"$.items[?(@.sku != 'a1')].sku", `["b2","c3"]`},
		{"$.items[?(@.price <= 7.0)].sku", `["a1","c3"]`},
		{"$.items[?(@.price == $.n[0])]", `[]`},
		{"$.items[?(@.price > $.box.price && @.price < 7)].sku", `["a1"]`},
		{"$.items[?(@.sku =~ /[A-B]\\d/i)].sku", `["a1","b2"]`},
		{"$.items[?(@.sku =~ /a/)].sku", `[]`},
		{"$.items[?(@.sku in ['a1','z'])].sku", `["a1"]`},
		{"$.items[?(@.sku nin ['a1'])].sku", `["b2","c3"]`},
		{"$.items[?(@.tags contains 'x')].sku", `["a1"]`},
		{"$.items[?(@.tags size 2)].sku", `["a1"]`},
		{"$.items[?(@.tags empty false)].sku", `["a1"]`},
		{"$.items[?(@.tags[1] == 'y')].sku", `["a1"]`},
		{"$.items[?(@.tags.length() == 2)].sku", `["a1"]`},
		{"$.items[?(@.sold == null)].sku", `[]`},
		{"$.items[?(@.price == '5')].sku", `["a1"]`},
		{"$.items[?(@.price === '5')].sku", `[]`},
		{"$.n[?(@ > 1)]", `[3,2]`},
		{"$.box[?(@.price == 3)].sku", `["q"]`},
		{"$..[?(@.in)].sku", `["q"]`},
		{"$.text[?(@)]", `[]`},
		// Functions.
		{"$.items.length()", `3`},
		{"$.box.length()", `3`},
		{"$.text.length()", ``},
		{"$.absent.length()", ``},
		{"$.items[*].length()", `[3,3,3]`},
		{"$.n.sum()", `6.0`},
		{"$.n.min()", `1.0`},
		{"$.n.max()", `3.0`},
		{"$.n.avg()", `2.0`},
		{"$.n.first()", `3`},
		{"$.n.last()", `2`},
		{"$.box.keys()", `["sku","price","in"]`},
		{"$.text.sum()", ``},
	} {
		p, err := parsePath(test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		got, found, err := p.in(trim(json.RawMessage(shop)))
		if err != nil || string(got) != test.want || found != (test.want != "") {
			t.Errorf("%s leads to %s, %v, %v; want %s", test.path, got, found, err, test.want)
		}
	}
}

func TestNoPaths(t *testing.T) {
	for _, text := range []string{
		"", "a", "$.", "$..", "$a[", "$.a[", "$.a[]", "$.a['b", "$.a[b]", "$.a[1,]", "$.a[1:x]", "$.a[1:2:0]", "$.a[99999999999]", "$.a b",
		"$.a[?]", "$.a[?()]", "$.a[?(@.x >)]", "$.a[?(@.x > )]", "$.a[?(5)]", "$.a[?(@.x > 1]", "$.a[?(@.x > 1)", "$.a[(@.length-1)]",
		"$.a[?(@.x =~ /(/)]", "$.a[?(@.x =~ 'x')]", "$.a.length().b", "$.a.nope()", "$..length()", "$.a.length(1)", "$.a[?(@.x == {)]",
	} {
		if p, err := parsePath(text); err == nil {
			t.Errorf("%q is read as a path: %+v", text, p)
		}
	}
}

// The words for a definite path that leads nowhere.
func TestMissing(t *testing.T) {
	for path, want := range map[string]string{
		"$.gone":          "No results for path: $['gone']",
		"$.gone.deeper":   "Missing property in path $['gone']",
		"$.box.gone":      "No results for path: $['box']['gone']",
		"$.n[7].x":        "No results for path: $['n'][7]['x']",
		"$.text.x":        `Expected to find an object with property ['x'] in path $['text'] but found '"abc"'.`,
		"$.text[0]":       `Filter: [0] can only be applied to arrays. Current context is: "abc"`,
		"$.gone.length()": "No results for path: $.gone.length()",
	} {
		p, err := parsePath(path)
		if err != nil {
			t.Fatal(path, err)
		}
		if got := p.missing(trim(json.RawMessage(shop))); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
